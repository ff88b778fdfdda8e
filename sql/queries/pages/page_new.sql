-- GET /experiments/new: the experiments to choose from, and the manifest of the chosen one, whose schema draws the form. Reads
-- experiments (a few) and offers by offers_experiment.
WITH p AS (
    SELECT $1::json #>> '{query,experiment}' AS chosen
), offered AS (
    SELECT e.name, e.title, e.description, e.version, e.manifest, e.name = p.chosen AS selected,
           CASE WHEN e.error IS NOT NULL THEN 'Its manifest is broken: ' || e.error
                WHEN NOT EXISTS (SELECT FROM offers o JOIN runners r ON r.id = o.runner_id
                                 WHERE o.experiment = e.name AND r.stopped_at IS NULL
                                   AND r.heartbeat_at > now() - interval '15 seconds')
                THEN 'No runner offers it now' END AS reason,
           e.error IS NOT NULL AS broken
    FROM experiments e, p
)
SELECT json_build_object(
    'title', 'New instance',
    'experiments', coalesce((SELECT json_agg(json_build_object(
            'name', name, 'title', title, 'description', left(description, 300), 'version', version,
            'selected', coalesce(selected, false), 'disabled', broken, 'reason', reason) ORDER BY title) FROM offered), '[]'),
    'none', NOT EXISTS (SELECT FROM offered),
    'chosen', (SELECT json_build_object('name', name, 'title', title, 'description', description, 'version', version, 'manifest', manifest)
               FROM offered WHERE selected AND NOT broken),
    'no_runner', view_no_runner())
