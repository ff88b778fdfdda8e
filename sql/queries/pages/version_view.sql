-- GET /api/v1/pipelines/{name}/versions/{n}. pipelines_name, pipeline_versions_pipeline_id_version_key.
SELECT api_version(find_version($1::json #>> '{path,name}', ($1::json #>> '{path,n}')::bigint))::text
