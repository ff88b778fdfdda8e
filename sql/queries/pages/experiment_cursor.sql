-- GET /api/v1/experiments with nothing to show: a row where its `after` leads somewhere. experiments_id_key.
SELECT 1::text FROM (SELECT ($1::json #>> '{query,after}')::bigint AS id) q
WHERE coalesce(q.id, 0) = 0 OR EXISTS (SELECT FROM experiments e WHERE e.id = q.id)
