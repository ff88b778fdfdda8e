-- GET /runs/diff?a=&b=: the snapshots of two runs side by side, or a choice of the second. A list of runs sends `run` twice instead.
-- runs_pkey, records_key, run_outcomes_pkey, runs_instance_id_number_key.
WITH given AS (
    SELECT e.key, left(e.value #>> '{}', 100) AS said, CASE WHEN e.value #>> '{}' ~ '^[0-9]{1,18}$' THEN (e.value #>> '{}')::bigint END AS run, row_number() OVER (PARTITION BY e.key ORDER BY e.ordinality) AS place
    FROM json_each($1::json -> 'query') WITH ORDINALITY e WHERE e.key IN ('a', 'b', 'run')
), p AS (
    SELECT coalesce((SELECT run FROM given WHERE key = 'a' AND run IS NOT NULL ORDER BY place LIMIT 1), (SELECT max(run) FROM given WHERE key = 'run' AND place <= 2)) AS a,
           coalesce((SELECT run FROM given WHERE key = 'b' AND run IS NOT NULL ORDER BY place LIMIT 1), (SELECT min(run) FROM given WHERE key = 'run' AND place <= 2 HAVING count(*) = 2)) AS b,
           (SELECT said FROM given WHERE key = 'a' ORDER BY place LIMIT 1) AS a_said, (SELECT said FROM given WHERE key = 'b' ORDER BY place LIMIT 1) AS b_said,
           (SELECT count(*) FROM given WHERE key = 'run') AS chosen, coalesce($1::json #>> '{query,all}', '') = '1' AS every
), sides AS MATERIALIZED (
    SELECT p.*, x.instance_id, x.number, i.name, y.number AS b_number, j.name AS b_name, j.id AS b_instance
    FROM p LEFT JOIN runs x ON x.id = p.a LEFT JOIN instances i ON i.id = x.instance_id LEFT JOIN runs y ON y.id = p.b LEFT JOIN instances j ON j.id = y.instance_id
), pairs AS MATERIALIZED (
    SELECT d.* FROM sides s, snapshot_pairs(s.a, s.b) d WHERE s.number IS NOT NULL AND s.b_number IS NOT NULL
), shown AS (
    SELECT d.*, lag(d.section) OVER (ORDER BY d.place) IS DISTINCT FROM d.section AS begins
    FROM (SELECT x.* FROM pairs x, p WHERE p.every OR NOT x.same ORDER BY x.place LIMIT 2000) d
)
SELECT json_build_object(
    'title', 'Snapshots of two runs',
    'a', CASE WHEN s.number IS NOT NULL THEN json_build_object('id', s.a, 'number', s.number, 'instance', s.name, 'instance_id', s.instance_id) END,
    'b', CASE WHEN s.b_number IS NOT NULL THEN json_build_object('id', s.b, 'number', s.b_number, 'instance', s.b_name) END,
    'typed_a', coalesce(s.a::text, s.a_said, ''), 'typed_b', coalesce(s.b::text, s.b_said, ''),
    'wrong', CASE WHEN s.chosen > 2 THEN 'Choose two runs; these are the first two of the ' || s.chosen || ' that were chosen.'
                  WHEN s.a IS NOT NULL AND s.number IS NULL THEN 'There is no run ' || s.a || '.'
                  WHEN s.a IS NULL AND s.a_said <> '' THEN s.a_said || ' is not the number of a run; that stands in the address of its page.'
                  WHEN s.b IS NULL AND s.b_said <> '' THEN s.b_said || ' is not the number of a run; that stands in the address of its page.'
                  WHEN s.b IS NOT NULL AND s.b_number IS NULL THEN 'There is no run ' || s.b || '.' END,
    'others', (SELECT json_agg(json_build_object('id', o.id, 'label', '#' || o.number || ', ' || o.status, 'selected', o.id = s.b) ORDER BY o.number DESC)
               FROM (SELECT r.id, r.number, r.status FROM runs r WHERE r.instance_id = s.instance_id AND r.id <> s.a ORDER BY r.number DESC LIMIT 50) o),
    'compared', (SELECT fmt_count(count(*)) FROM pairs), 'same', s.b_number IS NOT NULL AND NOT EXISTS (SELECT FROM pairs WHERE NOT same AND section <> 'results' AND section <> 'place'),
    'differing', (SELECT fmt_count(count(*)) FROM pairs WHERE NOT same), 'every', s.every,
    'toggle', '/runs/diff?a=' || s.a || '&b=' || s.b || CASE WHEN s.every THEN '' ELSE '&all=1' END,
    'swap', '/runs/diff?a=' || s.b || '&b=' || s.a || CASE WHEN s.every THEN '&all=1' ELSE '' END,
    'rows', (SELECT json_agg(json_build_object(
                 'begins', CASE WHEN d.begins THEN CASE d.section WHEN 'configuration' THEN 'Configuration' WHEN 'data' THEN 'Data' WHEN 'experiment' THEN 'Experiment' WHEN 'facts' THEN 'Facts'
                                                                  WHEN 'place' THEN 'Place' ELSE 'What came of it' END END,
                 'section', d.section, 'path', d.path, 'differs', NOT d.same, 'a_has', d.a IS NOT NULL, 'b_has', d.b IS NOT NULL,
                 'a_text', CASE WHEN d.a IS NOT NULL THEN coalesce(left(d.a #>> '{}', 4096), 'null') END,
                 'b_text', CASE WHEN d.b IS NOT NULL THEN coalesce(left(d.b #>> '{}', 4096), 'null') END) ORDER BY d.place) FROM shown d),
    'more', CASE WHEN s.every AND (SELECT count(*) FROM pairs) > 2000 THEN fmt_count((SELECT count(*) FROM pairs) - 2000)
                 WHEN NOT s.every AND (SELECT count(*) FROM pairs WHERE NOT same) > 2000 THEN fmt_count((SELECT count(*) FROM pairs WHERE NOT same) - 2000) END,
    'no_runner', false)
FROM sides s
