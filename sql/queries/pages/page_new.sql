-- GET /experiments/new: the experiments to choose from, and the manifest of the chosen one, whose schema draws the form. Reads
-- experiments (a few), offers by offers_experiment, and the first project labels by project_labels.
WITH p AS (
    SELECT $1::json #>> '{query,experiment}' AS chosen
), offered AS (
    SELECT e.name, e.title, e.description, e.version, e.manifest, e.name = p.chosen AS selected,
           experiment_reason(e.error, EXISTS (SELECT FROM offers o JOIN runners r ON r.id = o.runner_id
                                              WHERE o.experiment = e.name AND o.error IS NULL AND r.stopped_at IS NULL
                                                AND r.heartbeat_at > now() - interval '15 seconds')) AS reason,
           e.error IS NOT NULL AS broken
    FROM experiments e, p
)
SELECT json_build_object(
    'title', 'New instance',
    'experiments', coalesce((SELECT json_agg(json_build_object(
            'name', name, 'title', title, 'version', version,
            'selected', coalesce(selected, false), 'disabled', reason IS NOT NULL, 'reason', left(reason, 200)) ORDER BY lower(title), name)
        FROM offered), '[]'),
    'none', NOT EXISTS (SELECT FROM offered),
    'chosen', (SELECT json_build_object('name', name, 'title', title, 'description', description, 'version', version, 'manifest', manifest,
                                        'reason', reason)
               FROM offered WHERE selected AND NOT broken),
    'data', (SELECT view_data_choices(manifest, NULL) FROM offered WHERE selected AND NOT broken),
    'projects', project_labels(),
    'no_runner', view_no_runner())
