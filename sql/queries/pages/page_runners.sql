-- GET /runners: the daemons that are or lately were up with what they offer, and the experiments known. Small tables, read whole; of
-- runs those that run (runs_running).
SELECT json_build_object(
    'title', 'Runners',
    'runners', coalesce((
        SELECT json_agg(json_build_object(
            'id', r.id, 'host', r.host, 'pid', r.pid, 'version', r.version, 'jobs', r.jobs, 'up', r.up,
            'started', view_time(r.started_at), 'heartbeat', view_time(r.heartbeat_at),
            'offers', (SELECT coalesce(json_agg(json_build_object('name', o.experiment, 'error', o.error, 'broken', o.error IS NOT NULL) ORDER BY o.experiment), '[]')
                       FROM offers o WHERE o.runner_id = r.id),
            'running', (SELECT count(*) FROM runs x WHERE x.status = 'running' AND x.runner_id = r.id)) ORDER BY r.up DESC, r.id DESC)
        FROM (SELECT *, stopped_at IS NULL AND heartbeat_at > now() - interval '15 seconds' AS up
              FROM runners WHERE heartbeat_at > now() - interval '1 day' ORDER BY id DESC LIMIT 100) r), '[]'),
    'none', NOT EXISTS (SELECT FROM runners WHERE heartbeat_at > now() - interval '1 day'),
    'experiments', coalesce((
        SELECT json_agg(json_build_object(
            'name', e.name, 'title', e.title, 'version', e.version, 'folder', e.folder, 'hash', left(e.content_hash, 12),
            'error', e.error, 'broken', e.error IS NOT NULL, 'updated', view_time(e.updated_at),
            'offered', e.error IS NULL AND h.hosts IS NOT NULL, 'hosts', h.hosts) ORDER BY e.name)
        FROM experiments e CROSS JOIN LATERAL (
            SELECT string_agg(DISTINCT r.host, ', ' ORDER BY r.host) AS hosts FROM offers o JOIN runners r ON r.id = o.runner_id
            WHERE o.experiment = e.name AND o.error IS NULL AND r.stopped_at IS NULL AND r.heartbeat_at > now() - interval '15 seconds') h), '[]'),
    'no_runner', view_no_runner())
WHERE $1::json IS NOT NULL -- every view takes the request
