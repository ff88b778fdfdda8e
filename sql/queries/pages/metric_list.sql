-- GET .../metrics: the series of a run; no row where there is no such run. metric_chunks_pkey.
SELECT json_build_object('items', coalesce((
           SELECT json_agg(json_build_object('key', m.key, 'points', m.points, 'first_step', m.first_step, 'last_step', m.last_step) ORDER BY m.first_n)
           FROM (SELECT key, sum(points) AS points, min(first_step) AS first_step, max(last_step) AS last_step, min(n) AS first_n
                 FROM metric_chunks WHERE run_id = $1::bigint GROUP BY key) m), '[]'::json), 'next', NULL)::text
FROM runs WHERE id = $1::bigint
