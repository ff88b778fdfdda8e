-- The value of a JSON number, or null for anything else. Also null beyond what is worth comparing: JSON knows no bounds, and a
-- number that numeric cannot hold must not take its page away.
CREATE FUNCTION view_number(p_value json) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF json_typeof(p_value) = 'number' AND length(p_value #>> '{}') <= 1000 AND p_value #>> '{}' !~ '[eE][-+]?\d{4}' THEN
        RETURN (p_value #>> '{}')::numeric;
    END IF;
    RETURN NULL;
END
$$;

-- A number as a table shows it; all cells of a column alike: whole numbers bare, else four decimals, and where a column holds
-- anything smaller than 1e-4, all in exponents with two.
CREATE FUNCTION view_cell(p_value json, p_style text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_value IS NULL OR json_typeof(p_value) = 'null' THEN ''
        WHEN p_style = 'whole' OR view_number(p_value) IS NULL THEN left(p_value #>> '{}', 1000)
        WHEN p_style = 'fixed' THEN round(view_number(p_value), 4)::text
        ELSE regexp_replace(ltrim(to_char(view_number(p_value), '9.99EEEE')), 'e([+-])0?(\d)', 'e\1\2') END
$$;

-- The tables that a run emitted, p_limit rows of each; p_columns is the manifest's word on which direction is better. [{"name","count","columns":[{"name","numeric","better","sorted"}],
-- "rows":[{"n","cells":[{"text","numeric","best"}]}],"more"}].
-- Columns stand in the order of the first row, later ones behind. A row over 64 KiB shows its cells only when it is fetched by itself.
CREATE FUNCTION view_tables(p_run bigint, p_limit int, p_columns json) RETURNS json LANGUAGE sql STABLE AS $$
    WITH tables AS (
        SELECT key AS name, count(*) AS total, min(n) AS first FROM records WHERE run_id = p_run AND kind = 'row' GROUP BY key
    ), lines AS (
        SELECT t.name, r.n, r.vals, r.place
        FROM tables t, LATERAL (
            SELECT n, body::json -> 'values' AS vals, row_number() OVER (ORDER BY n) AS place
            FROM records WHERE run_id = p_run AND kind = 'row' AND key = t.name AND brief IS NULL
            ORDER BY n LIMIT p_limit) r
    ), cells AS (
        SELECT l.name, l.n, l.place, v.key, v.value, view_number(v.value) AS number, v.ordinality AS at
        FROM lines l, json_each(l.vals) WITH ORDINALITY AS v (key, value)
        WHERE json_typeof(l.vals) = 'object'
    ), columns AS (
        SELECT name, key, min(place * 1000 + at) AS place,
               bool_and(json_typeof(value) IN ('number', 'null')) AND bool_or(json_typeof(value) = 'number') AS is_number,
               CASE WHEN bool_and(json_typeof(value) <> 'number' OR value #>> '{}' ~ '^-?\d+$') THEN 'whole'
                    WHEN bool_or(abs(number) < 0.0001 AND number <> 0) THEN 'tiny'
                    ELSE 'fixed' END AS style,
               CASE p_columns -> key ->> 'better'
                    WHEN 'high' THEN max(number)
                    WHEN 'low' THEN min(number) END AS best
        FROM cells GROUP BY name, key
    )
    SELECT coalesce(json_agg(json_build_object(
        'name', t.name, 'count', fmt_count(t.total), 'more', CASE WHEN t.total > p_limit THEN fmt_count(t.total - p_limit) END,
        'columns', (SELECT json_agg(json_build_object('name', c.key, 'numeric', c.is_number, 'better', p_columns -> c.key ->> 'better', 'sorted', NULL) ORDER BY c.place)
                    FROM columns c WHERE c.name = t.name),
        'rows', (SELECT json_agg(json_build_object('n', l.n, 'cells', (
                     SELECT json_agg(json_build_object(
                         'text', view_cell(l.vals -> c.key, c.style), 'numeric', c.is_number,
                         'best', c.best = view_number(l.vals -> c.key)) ORDER BY c.place)
                     FROM columns c WHERE c.name = t.name)) ORDER BY l.n)
                 FROM lines l WHERE l.name = t.name)) ORDER BY t.first), '[]')
    FROM tables t
$$;
