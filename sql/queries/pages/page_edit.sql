-- GET /experiments/{id}/edit: an instance and the manifest whose schema draws its form. By primary keys; the first project labels by
-- project_labels.
SELECT json_build_object(
    'title', 'Edit ' || i.name,
    'instance', json_build_object('id', i.id, 'name', i.name, 'description', i.description, 'project', i.project,
                                  'experiment', i.experiment, 'configuration', i.configuration, 'version', etag(instance_json(i))),
    'chosen', CASE WHEN e.name IS NOT NULL THEN json_build_object(
        'name', e.name, 'title', e.title, 'description', e.description, 'version', e.version, 'manifest', e.manifest) END,
    'data', view_data_choices(e.manifest, i.configuration),
    'projects', project_labels(),
    'no_runner', view_no_runner())
FROM instances i LEFT JOIN experiments e ON e.name = i.experiment
WHERE i.id = ($1::json #>> '{path,id}')::bigint
