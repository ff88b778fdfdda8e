-- .../versions/{n}/download and verify: which file it is. pipelines_name, pipeline_versions_pipeline_id_version_key.
SELECT artifact_name, sha256, size, media_type FROM pipeline_versions WHERE id = find_version($1::text, $2::bigint)
