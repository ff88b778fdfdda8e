-- The Leaderboard tab of a run: the tables that it emits, p_limit rows of each, columns in the order of the first row and later ones
-- behind. The rules of its cells are written here and in static/js/run/table.js; tests/shared/table.json holds the cases of both.

-- The number that a cell is: a JSON number, or one of the words that stand for what JSON cannot write. Null for anything else, and for
-- what is too long or too large to be worth comparing: JSON knows no bounds, and a number must not take its page away.
CREATE FUNCTION view_number(p_value json) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    said text := p_value #>> '{}';
BEGIN
    IF json_typeof(p_value) = 'number' AND length(said) <= 1000 AND said !~ '[eE][-+]?\d{4}' THEN
        RETURN said::numeric;
    ELSIF json_typeof(p_value) = 'string' AND said IN ('NaN', 'Infinity', '-Infinity') THEN
        RETURN said::numeric;
    END IF;
    RETURN NULL;
END
$$;

-- A number as a table shows it, all cells of a column alike: in a column of whole numbers bare, else with four decimals, and where a
-- column holds anything smaller than 1e-4, all in exponents with two. What a double cannot hold stands as it was written.
CREATE FUNCTION view_cell(p_text text, p_number numeric, p_style text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE
        WHEN p_number IS NULL OR p_number IN ('NaN', 'Infinity', '-Infinity') OR p_style = 'text' THEN left(p_text, 1000)
        WHEN abs(p_number) > 1.7976931348623157e308 OR (p_number <> 0 AND abs(p_number) < 5e-324) THEN left(p_text, 1000)
        WHEN p_style = 'whole' AND (p_text ~ '^-?\d+$' OR abs(p_number) >= 1e15) THEN left(p_text, 1000)
        WHEN p_style = 'whole' THEN trunc(p_number)::text
        WHEN p_style = 'fixed' AND abs(p_number) >= 1e15 THEN left(p_text, 1000)
        WHEN p_style = 'fixed' THEN round(p_number, 4)::text
        ELSE fmt_exponential(p_number) END;
END
$$;

-- p_query: `table` and `after` (a row's record) go on in one table. p_columns is the manifest's word on which direction is better. Of
-- tables the first 30 are shown, of columns the first 300 (TABLES and COLUMNS in static/js/run): the rest is in the downloads.
CREATE FUNCTION view_tables(p_run bigint, p_query json, p_limit int, p_columns json) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    wanted text := p_query ->> 'table';
    start bigint := coalesce(view_cursor(p_query ->> 'after'), 0);
BEGIN
    RETURN (
        WITH tables AS MATERIALIZED (
            SELECT key AS name, count(*) AS total, min(n) AS first, row_number() OVER (ORDER BY min(n)) AS place FROM records WHERE run_id = p_run AND kind = 'row' AND (wanted IS NULL OR key = wanted)
            GROUP BY key ORDER BY min(n) LIMIT 31
        ), lines AS MATERIALIZED (
            SELECT t.name, r.n, r.vals, r.place
            FROM tables t, LATERAL (
                SELECT n, body::json -> 'values' AS vals, row_number() OVER (ORDER BY n) AS place
                FROM records WHERE run_id = p_run AND kind = 'row' AND key = t.name AND brief IS NULL
                  AND n > CASE WHEN t.name = wanted THEN start ELSE 0 END
                ORDER BY n LIMIT p_limit) r
            WHERE t.place <= 30
        ), cells AS MATERIALIZED (
            SELECT l.name, l.n, l.place, v.key, v.value #>> '{}' AS said, json_typeof(v.value) AS type, view_number(v.value) AS number, v.ordinality AS at
            FROM lines l, json_each(CASE WHEN json_typeof(l.vals) = 'object' THEN l.vals ELSE '{}' END) WITH ORDINALITY AS v (key, value)
        ), columns AS MATERIALIZED (
            SELECT name, key, row_number() OVER (PARTITION BY name ORDER BY place) AS place, is_number, style, best
            FROM (SELECT name, key, min(place * 100000 + at) AS place,
                         bool_and(number IS NOT NULL OR type IN ('number', 'null')) AND bool_or(type <> 'null') AS is_number,
                         CASE WHEN bool_and(type <> 'number' OR number IS NULL OR number = trunc(number)) THEN 'whole'
                              WHEN bool_or(type = 'number' AND abs(number) < 0.0001 AND number <> 0) THEN 'tiny'
                              ELSE 'fixed' END AS style,
                         CASE p_columns -> key ->> 'better'
                              WHEN 'high' THEN max(number) FILTER (WHERE number <> 'NaN')
                              WHEN 'low' THEN min(number) FILTER (WHERE number <> 'NaN') END AS best
                  FROM cells GROUP BY name, key) c
        ), rows AS (
            SELECT l.name, l.n, json_agg(json_build_object(
                       'text', coalesce(view_cell(v.said, v.number, c.style), ''), 'numeric', c.is_number, 'best', coalesce(c.best = v.number, false)) ORDER BY c.place)
                       FILTER (WHERE c.key IS NOT NULL) AS cells
            FROM lines l
            LEFT JOIN columns c ON c.name = l.name AND c.place <= 300
            LEFT JOIN cells v ON v.name = l.name AND v.n = l.n AND v.key = c.key
            GROUP BY l.name, l.n
        )
        SELECT json_build_object('none', NOT EXISTS (SELECT FROM records WHERE run_id = p_run AND kind = 'row'), 'crowded', count(*) > 30, 'tables', coalesce(json_agg(json_build_object(
            'name', t.name, 'count', fmt_count(t.total), 'csv', '/api/v1/runs/' || p_run || '/table.csv?name=' || url_encoded(t.name),
            'first', CASE WHEN start > 0 THEN '?tab=leaderboard' END,
            'more', CASE WHEN (SELECT max(n) FROM rows r WHERE r.name = t.name) < (SELECT max(n) FROM records WHERE run_id = p_run AND kind = 'row' AND key = t.name)
                    THEN json_build_object('href', '?tab=leaderboard&table=' || url_encoded(t.name) || '&after=' || (SELECT max(n) FROM rows r WHERE r.name = t.name)) END,
            'columns', coalesce((SELECT json_agg(json_build_object('name', c.key, 'numeric', c.is_number, 'better', p_columns -> c.key ->> 'better', 'sorted', NULL) ORDER BY c.place)
                                 FROM columns c WHERE c.name = t.name AND c.place <= 300), '[]'),
            'wide', EXISTS (SELECT FROM columns c WHERE c.name = t.name AND c.place > 300),
            'rows', coalesce((SELECT json_agg(json_build_object('n', r.n, 'cells', coalesce(r.cells, '[]')) ORDER BY r.n) FROM rows r WHERE r.name = t.name), '[]'))
            ORDER BY t.first) FILTER (WHERE t.place <= 30), '[]'))
        FROM tables t);
END
$$;
