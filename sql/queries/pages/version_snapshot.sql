-- GET /api/v1/pipelines/{name}/versions/{n}/snapshot: what made the run, as it was when it was promoted. By the same keys.
SELECT v.origin::text FROM pipeline_versions v WHERE v.id = find_version($1::json #>> '{path,name}', ($1::json #>> '{path,n}')::bigint)
