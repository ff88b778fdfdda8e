-- GET /api/v1/runs/{id}/diff?with=: where the snapshots of two runs differ (snapshot_pairs). runs_pkey, records_key, run_outcomes_pkey.
WITH p AS (
    SELECT ($1::json #>> '{path,id}')::bigint AS a, ($1::json #>> '{query,with}')::bigint AS b
), pairs AS MATERIALIZED (
    SELECT x.* FROM p, snapshot_pairs(p.a, p.b) x
), differing AS (
    SELECT place, CASE WHEN a IS NULL THEN json_build_object('section', section, 'path', path, 'b', b)
                       WHEN b IS NULL THEN json_build_object('section', section, 'path', path, 'a', a)
                       ELSE json_build_object('section', section, 'path', path, 'a', a, 'b', b) END AS item
    FROM pairs WHERE NOT same ORDER BY place LIMIT 1000
)
SELECT json_build_object(
    'a', s.a, 'b', s.b,
    'same', NOT EXISTS (SELECT FROM pairs WHERE NOT same AND section IN ('configuration', 'data', 'experiment', 'facts')),
    'compared', (SELECT count(*) FROM pairs), 'more', (SELECT greatest(count(*) - 1000, 0) FROM pairs WHERE NOT same),
    'differences', coalesce((SELECT json_agg(item ORDER BY place) FROM differing), '[]'))::text
FROM (SELECT snapshot_side(p.a) AS a, snapshot_side(p.b) AS b FROM p) s
