-- GET and POST /pipelines/{name}/versions/{n}/delete: what goes with a version. By the keys of page_version; records_sha256, pipeline_versions_sha256.
SELECT json_build_object(
    'title', 'Delete ' || p.name || ' v' || v.version, 'heading', 'Delete version ' || v.version || ' of ' || p.name || '?',
    'words', CASE WHEN v.stage IS DISTINCT FROM 'production' THEN json_build_array(
        CASE WHEN EXISTS (SELECT FROM artifacts a WHERE a.sha256 = v.sha256) THEN 'Its file of ' || fmt_bytes(v.size) || ' stays with the run that made it.'
             WHEN EXISTS (SELECT FROM pipeline_versions o WHERE o.sha256 = v.sha256 AND o.id <> v.id) THEN 'Its file of ' || fmt_bytes(v.size) || ' stays with another version.'
             ELSE 'Nothing else holds its file of ' || fmt_bytes(v.size) || ', which goes with it.' END,
        'There is no way back.') END,
    'impossible', CASE WHEN v.stage = 'production' THEN 'It is in production. Archive it first, then delete it.' END,
    'typed', NULL, 'error', NULL,
    'action', view_version_href(p.name, v.version) || '/delete', 'fields', '[]'::json, 'button', 'Delete', 'back', view_version_href(p.name, v.version),
    'no_runner', false)
FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id
WHERE lower(p.name) = lower($1::json #>> '{path,name}') AND v.version = ($1::json #>> '{path,n}')::bigint
