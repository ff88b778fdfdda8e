-- The runs of an instance side by side.

-- A number as all of its column are shown: whole ones bare, else four decimals, or, where the column holds one below 1e-4, exponents.
CREATE FUNCTION fmt_styled(p_value double precision, p_style text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN CASE WHEN abs(p_value) >= 1e15 THEN fmt_number(p_value)
                WHEN p_style = 'whole' THEN p_value::text::numeric::text
                WHEN p_style = 'fixed' THEN round(p_value::text::numeric, 4)::text
                ELSE fmt_exponential(p_value::text::numeric) END;
END
$$;

-- Half the width of the 95 % interval of a mean, by Student's t.
CREATE FUNCTION interval_95(p_n bigint, p_deviation double precision) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    t CONSTANT double precision[] := ARRAY[
        12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314,
        2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423];
BEGIN
    RETURN CASE WHEN p_n > 1 THEN coalesce(t[p_n - 1], 1.96 + 2.46 / (p_n - 1)) * p_deviation / sqrt(p_n) END;
END
$$;

-- How a configuration's value is told from another: numbers by what they are, however they were written (1, 1.0).
CREATE FUNCTION leaf_words(p_value json) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE WHEN json_typeof(p_value) = 'number' THEN trim_scale((p_value #>> '{}')::numeric)::text ELSE p_value::text END;
END
$$;

-- The Compare tab: of the instance's runs before p_query's `before` the newest hundred, one row a run, or with `group=1` one row a
-- configuration with the means of its completed runs (the field that the manifest calls the seed is no difference then). Columns
-- are the configuration's values that differ, as they are, scalar results, and metrics' last values; `sort` (result:accuracy) and
-- `order` choose the order. A mean of what is not all numbers is none, of a NaN it is NaN, of an infinity that; `n` tells of how many it is, where
-- some runs did not say that key. Squares of numbers beyond 1e140 would leave the range of doubles: those are made small before they
-- are summed. By runs_instance_id_number_key and the key of run_outcomes.
-- {"columns":[{"key","label","kind","numeric","better","sorted","href"}],"rows":[{"runs","run","cells":[{"text","numeric","best","interval","n"}]}]}
CREATE FUNCTION view_compare(p_instance bigint, p_query json, p_manifest json) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    grouped   boolean := coalesce(p_query ->> 'group', '') = '1';
    sort      text := coalesce(p_query ->> 'sort', '');
    ascending boolean := coalesce(p_query ->> 'order', '') = 'ascending';
    seed      text := coalesce(p_manifest ->> 'seed', '');
    before    bigint := coalesce(view_cursor(p_query ->> 'before'), 9223372036854775807);
    link      text := '?tab=compare' || CASE WHEN grouped THEN '&group=1' ELSE '' END;
    in_order  text := CASE WHEN sort <> '' THEN '&sort=' || url_encoded(sort) || CASE WHEN ascending THEN '&order=ascending' ELSE '' END ELSE '' END;
    from_here text := CASE WHEN before < 9223372036854775807 THEN '&before=' || before ELSE '' END;
BEGIN
    RETURN (
        WITH picked AS MATERIALIZED (
            SELECT r.id, r.number, r.status, r.cancel_requested_at, r.started_at, r.finished_at, r.configuration, md5(r.configuration::text) AS hash
            FROM runs r WHERE r.instance_id = p_instance AND r.number < before ORDER BY r.number DESC LIMIT 101
        ), shown AS MATERIALIZED (
            SELECT p.*, coalesce(o.results, x.results) AS results, coalesce(o.metrics, x.metrics) AS metrics
            FROM (SELECT * FROM picked ORDER BY number DESC LIMIT 100) p
            LEFT JOIN run_outcomes o ON o.run_id = p.id
            LEFT JOIN LATERAL (SELECT n.* FROM run_outcome(p.id) n WHERE o.run_id IS NULL) x ON true
            WHERE NOT grouped OR p.status = 'completed'
        ), configurations AS (
            SELECT DISTINCT ON (hash) hash, configuration FROM shown ORDER BY hash
        ), leaves AS MATERIALIZED (
            SELECT c.hash, l.place, l.path, l.value, leaf_words(l.value) AS words FROM configurations c, json_leaves(c.configuration) l WHERE NOT (grouped AND l.path = seed)
        ), alike AS (
            SELECT hash, md5(string_agg(path || '=' || words, E'\n' ORDER BY path)) AS unit FROM leaves GROUP BY hash
        ), units AS MATERIALIZED (
            SELECT s.*, CASE WHEN grouped THEN coalesce(a.unit, '') ELSE s.id::text END AS unit FROM shown s LEFT JOIN alike a ON a.hash = s.hash
        ), differing AS (
            SELECT path, min(place) AS place FROM leaves GROUP BY path
            HAVING count(DISTINCT words) > 1 OR count(*) < (SELECT count(*) FROM configurations) ORDER BY min(place) LIMIT 20
        ), said AS (
            SELECT u.unit, 1 AS part, 'configuration' AS kind, d.path AS key, d.place, l.value, l.words
            FROM units u JOIN leaves l ON l.hash = u.hash JOIN differing d ON d.path = l.path
            UNION ALL SELECT u.unit, 2, 'result', e.key, e.ordinality, e.value, e.value::text FROM units u, json_each(u.results) WITH ORDINALITY AS e
            UNION ALL SELECT u.unit, 3, 'metric', e.key, e.ordinality, e.value, e.value::text FROM units u, json_each(u.metrics) WITH ORDINALITY AS e
        ), doubles AS (
            SELECT *, CASE WHEN json_typeof(value) = 'number' AND length(words) < 20 AND words NOT LIKE '%e%' AND words NOT LIKE '%E%' THEN words::double precision
                           WHEN json_typeof(value) = 'number' OR words IN ('"NaN"', '"Infinity"', '"-Infinity"') THEN double_from_json(value) END AS double FROM said
        ), numbers AS (
            SELECT *, double IS NOT NULL AS is_number, CASE WHEN double IN ('NaN', 'Infinity', '-Infinity') THEN double END AS odd,
                   nullif(nullif(nullif(double, 'NaN'), 'Infinity'), '-Infinity') AS number FROM doubles
        ), sized AS (
            SELECT *, CASE WHEN abs(number) <= 1e140 THEN number END AS usual, CASE WHEN number IS NOT NULL THEN CASE WHEN abs(number) > 1e140 THEN number / 1e160 ELSE 0 END END AS small
            FROM numbers
        ), cells AS MATERIALIZED (
            SELECT unit, kind, key, part, min(place) AS place, count(*) AS n, bool_and(is_number) AS is_number, bool_and(coalesce(number = trunc(number), true)) AS whole,
                   CASE WHEN NOT bool_and(is_number) OR avg(odd) = 'NaN' THEN NULL WHEN count(odd) > 0 THEN avg(odd) WHEN max(abs(number)) > 1e140 THEN greatest(least(avg(small), 1.79e148), -1.79e148) * 1e160
                        ELSE avg(usual) END AS mean,
                   CASE WHEN count(odd) > 0 OR NOT bool_and(is_number) THEN NULL WHEN max(abs(number)) > 1e140 THEN least(interval_95(count(*), stddev_samp(small)), 1.79e148) * 1e160
                        ELSE interval_95(count(*), stddev_samp(usual)) END AS half,
                   CASE WHEN avg(odd) = 'NaN' AND bool_and(is_number) THEN 'NaN' WHEN count(DISTINCT words) > 1 THEN count(DISTINCT words) || ' values'
                        WHEN bool_and(is_number) THEN min(value #>> '{}') ELSE short_reference(left(coalesce(min(value #>> '{}'), 'null'), 200)) END AS text
            FROM sized GROUP BY unit, kind, key, part
        ), columns AS MATERIALIZED (
            SELECT kind, key, kind || ':' || key AS name, row_number() OVER (ORDER BY part, min(place), key) AS place, bool_and(is_number) AS numeric,
                   CASE WHEN bool_and(whole) AND bool_and(coalesce(half, 0) = 0) THEN 'whole' WHEN bool_or(abs(mean) < 0.0001 AND mean <> 0) THEN 'tiny' ELSE 'fixed' END AS style,
                   p_manifest #>> ARRAY['columns', key, 'better'] AS better,
                   CASE p_manifest #>> ARRAY['columns', key, 'better'] WHEN 'high' THEN max(mean) WHEN 'low' THEN min(mean) END AS best
            FROM cells GROUP BY kind, key, part ORDER BY part, min(place), key LIMIT 60
        ), filled AS (
            SELECT u.unit, json_agg(json_build_object(
                       'text', CASE WHEN k.kind = 'configuration' OR c.mean IS NULL THEN coalesce(c.text, '') ELSE fmt_styled(c.mean, k.style) END,
                       'numeric', k.numeric, 'best', k.kind <> 'configuration' AND c.mean = k.best,
                       'n', CASE WHEN grouped AND k.kind <> 'configuration' AND c.n < u.runs THEN fmt_count(c.n) END,
                       'interval', CASE WHEN grouped AND k.kind <> 'configuration' THEN fmt_styled(c.half, k.style) END) ORDER BY k.place) AS cells,
                   min(c.mean) FILTER (WHERE k.name = sort) AS sort_number, min(c.text) FILTER (WHERE k.name = sort AND NOT k.numeric) AS sort_text
            FROM (SELECT unit, count(*) AS runs FROM units GROUP BY unit) u CROSS JOIN columns k
            LEFT JOIN cells c ON c.unit = u.unit AND c.kind = k.kind AND c.key = k.key
            GROUP BY u.unit
        ), rows AS (
            SELECT n.*, f.cells, f.sort_number, f.sort_text
            FROM (SELECT DISTINCT ON (unit) *, count(*) OVER (PARTITION BY unit) AS runs FROM units ORDER BY unit, number DESC) n
            LEFT JOIN filled f ON f.unit = n.unit
        )
        SELECT json_build_object(
            'columns', coalesce((SELECT json_agg(json_build_object(
                'key', k.name, 'label', k.key, 'kind', k.kind, 'numeric', k.numeric, 'better', k.better,
                'sorted', CASE WHEN k.name = sort THEN CASE WHEN ascending THEN 'ascending' ELSE 'descending' END END,
                'href', link || from_here || '&sort=' || url_encoded(k.name) || CASE WHEN k.name = sort AND NOT ascending THEN '&order=ascending' ELSE '' END)
                ORDER BY k.place) FROM columns k), '[]'),
            'rows', coalesce((SELECT json_agg(json_build_object(
                'unit', r.unit, 'id', r.id, 'number', r.number, 'runs', fmt_count(r.runs), 'many', r.runs > 1, 'badge', view_badge(r.status, r.cancel_requested_at),
                'when', view_time(r.started_at), 'cells', coalesce(r.cells, '[]'))
                ORDER BY CASE WHEN ascending THEN r.sort_number END NULLS LAST, CASE WHEN NOT ascending THEN r.sort_number END DESC NULLS LAST,
                         CASE WHEN ascending THEN r.sort_text END NULLS LAST, CASE WHEN NOT ascending THEN r.sort_text END DESC NULLS LAST, r.number DESC)
                FROM rows r), '[]'),
            'snapshots', (SELECT '/runs/diff?a=' || max(id) || '&b=' || min(id) FROM (SELECT id FROM picked ORDER BY number DESC LIMIT 2) x HAVING count(*) = 2),
            'none', NOT EXISTS (SELECT FROM rows), 'grouped', grouped, 'sort', sort,
            'toggle', '?tab=compare' || CASE WHEN grouped THEN '' ELSE '&group=1' END || in_order || from_here,
            'repeats', EXISTS (SELECT FROM shown WHERE status = 'completed' GROUP BY hash HAVING count(*) > 1),
            'later', before < 9223372036854775807, 'first', link || in_order,
            'part', (SELECT CASE WHEN count(*) > 100 OR before < 9223372036854775807 THEN view_runs_number(least(count(*), 100)) END FROM picked),
            'next', CASE WHEN (SELECT count(*) FROM picked) > 100 THEN link || in_order || '&before=' || (SELECT min(x.number) FROM (SELECT number FROM picked ORDER BY number DESC LIMIT 100) x) END));
END
$$;
