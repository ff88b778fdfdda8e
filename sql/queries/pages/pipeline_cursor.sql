-- GET /api/v1/pipelines with nothing to show: a row where its `after` leads somewhere. pipelines_pkey.
SELECT 1::text FROM (SELECT ($1::json #>> '{query,after}')::bigint AS id) q
WHERE coalesce(q.id, 0) = 0 OR EXISTS (SELECT FROM pipelines p WHERE p.id = q.id)
