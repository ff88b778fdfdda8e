-- GET /api/v1/pipelines/{name}: a name and its newest version. pipelines_name.
SELECT api_pipeline(p)::text FROM pipelines p WHERE lower(p.name) = lower($1::json #>> '{path,name}') AND p.versions > 0
