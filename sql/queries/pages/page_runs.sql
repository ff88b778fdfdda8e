-- GET /runs: all runs, newest first, by runs_pkey, or by runs_status where a status is asked for.
WITH p AS (
    SELECT CASE WHEN $1::json #>> '{query,before}' ~ '^[0-9]{1,18}$' THEN ($1::json #>> '{query,before}')::bigint
                ELSE 9223372036854775807 END AS before,
           nullif($1::json #>> '{query,status}', '') AS status
), page AS (
    SELECT x.r FROM p, LATERAL (
        (SELECT r, r.id FROM runs r WHERE p.status IS NULL AND r.id < p.before ORDER BY r.id DESC LIMIT 51)
        UNION ALL
        (SELECT r, r.id FROM runs r WHERE r.status = p.status AND r.id < p.before ORDER BY r.id DESC LIMIT 51)) AS x
), shown AS (
    SELECT r FROM page ORDER BY (r).id DESC LIMIT 50
)
SELECT json_build_object(
    'title', 'Runs',
    'runs', json_build_object(
        'rows', coalesce((SELECT json_agg(view_run_row(s.r, i.name) ORDER BY (s.r).id DESC)
                          FROM shown s JOIN instances i ON i.id = (s.r).instance_id), '[]'),
        'none', NOT EXISTS (SELECT FROM page), 'later', $1::json #>> '{query,before}' IS NOT NULL, 'all', true,
        'next', CASE WHEN (SELECT count(*) FROM page) > 50 THEN (SELECT min((r).id) FROM shown) END),
    'status', p.status,
    'statuses', (SELECT json_agg(json_build_object('value', v, 'label', initcap(v), 'selected', v IS NOT DISTINCT FROM p.status))
                 FROM unnest(ARRAY['pending', 'running', 'completed', 'failed', 'cancelled']) AS v),
    'no_runner', view_no_runner())
FROM p
