-- GET and POST /pipelines/{name}/versions/{n}/edit: the words of a version. By the keys of page_version.
SELECT json_build_object(
    'title', 'Edit ' || p.name || ' v' || v.version,
    'form', json_build_object('action', view_version_href(p.name, v.version) || '/edit', 'back', view_version_href(p.name, v.version),
        'description', v.description, 'tags', array_to_string(v.tags, ', '), 'error', NULL, 'error_description', NULL, 'error_tags', NULL),
    'pipeline', p.name, 'number', v.version, 'no_runner', false)
FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id
WHERE lower(p.name) = lower($1::json #>> '{path,name}') AND v.version = ($1::json #>> '{path,n}')::bigint
