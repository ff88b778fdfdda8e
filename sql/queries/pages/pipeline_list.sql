-- GET /api/v1/pipelines: names that have versions, by name, behind that of the id `after`. pipelines_shown.
SELECT p.id, api_pipeline(p)::text
FROM pipelines p
WHERE p.versions > 0
  AND lower(p.name) > CASE WHEN coalesce(($1::json #>> '{query,after}')::bigint, 0) = 0 THEN ''
                           ELSE (SELECT lower(a.name) FROM pipelines a WHERE a.id = ($1::json #>> '{query,after}')::bigint) END
ORDER BY lower(p.name)
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
