-- GET /api/v1/instances, newest first. instances_pkey, read backwards; the filters are checked on the way.
SELECT i.id, row_to_json(i)::text
FROM api_instances i
WHERE i.id < coalesce(($1::json #>> '{query,before}')::bigint, 9223372036854775807)
  AND ($1::json #>> '{query,experiment}' IS NULL OR i.experiment = $1::json #>> '{query,experiment}')
  AND ($1::json #>> '{query,project}' IS NULL OR i.project = $1::json #>> '{query,project}')
ORDER BY i.id DESC
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
