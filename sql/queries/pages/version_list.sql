-- GET /api/v1/pipelines/{name}/versions: newest first (list_versions). pipelines_name.
SELECT v.version, api_version(v.id)::text
FROM pipelines p, LATERAL list_versions(p.id, $1::json #>> '{query,stage}', ($1::json #>> '{query,before}')::bigint,
                                        ($1::json #>> '{query,limit}')::bigint + 1) v
WHERE lower(p.name) = lower($1::json #>> '{path,name}')
ORDER BY v.version DESC
