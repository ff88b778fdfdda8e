-- GET /runs/{id}: the header of a run and the panel of one tab (`?tab=head`: none). Everything by primary keys and
-- records_key; logs by the numbers of their chunks. A tab is a line of `known`, a line of `counts` if it counts something, and a
-- member of its name, which its template partials/panel_NAME draws.
WITH known (place, name, label, only_filled) AS (
    VALUES (1, 'logs', 'Logs', false), (2, 'results', 'Results', false), (3, 'events', 'Events', false), (4, 'leaderboard', 'Leaderboard', true),
           (5, 'metrics', 'Metrics', true), (6, 'artifacts', 'Artifacts', false), (7, 'configuration', 'Configuration', false), (8, 'head', NULL, false)
), p AS (
    SELECT ($1::json #>> '{path,id}')::bigint AS id,
           coalesce((SELECT name FROM known WHERE name = $1::json #>> '{query,tab}'), 'logs') AS tab, $1::json -> 'query' AS query,
           CASE WHEN $1::json #>> '{query,line}' ~ '^[0-9]{1,18}$' THEN ($1::json #>> '{query,line}')::bigint END AS line,
           ($1::json #>> '{user,scope}') IN ('run', 'admin') AS can_run
), run AS (
    SELECT r.*, view_reason(r.reason, r.error, r.exit_code, r.signal) AS words,
           CASE WHEN r.status IN ('pending', 'running')
                THEN run_notice(r.status, r.started_at, h.heartbeat_at, h.said_at, h.trouble) END AS notice, h.lines, h.records, h.bytes, i.name AS instance_name, coalesce(e.title, r.experiment) AS experiment_title,
           p.tab, p.query, p.can_run, greatest(1, least(coalesce(p.line - 100, h.lines - 499), h.lines - 499)) AS from_line
    FROM p JOIN runs r ON r.id = p.id JOIN run_heads h ON h.run_id = r.id
    JOIN instances i ON i.id = r.instance_id
    LEFT JOIN experiments e ON e.name = r.experiment
), counts (name, n) AS (
    SELECT 'logs', r.lines FROM run r
    UNION ALL SELECT 'results', count(DISTINCT c.key) FROM run r JOIN records c ON c.run_id = r.id AND c.kind = 'result'
    UNION ALL SELECT 'events', count(*) FROM run r JOIN records c ON c.run_id = r.id AND c.kind = 'event'
    UNION ALL SELECT 'leaderboard', count(*) FROM run r JOIN records c ON c.run_id = r.id AND c.kind = 'row'
    UNION ALL SELECT 'metrics', count(DISTINCT c.key) FROM run r JOIN metric_chunks c ON c.run_id = r.id
    UNION ALL SELECT 'artifacts', count(*) FROM run r JOIN records c ON c.run_id = r.id AND c.kind = 'artifact'
)
SELECT json_build_object(
    'title', r.instance_name || ' #' || r.number,
    'run', json_build_object(
        'id', r.id, 'number', r.number, 'status', r.status, 'badge', view_badge(r.status, r.cancel_requested_at),
        'active', r.status IN ('pending', 'running'), 'running', r.status = 'running', 'ended', r.status IN ('completed', 'failed', 'cancelled'),
        'cancelling', r.status = 'running' AND r.cancel_requested_at IS NOT NULL,
        'can_cancel', r.can_run AND r.status IN ('pending', 'running') AND r.cancel_requested_at IS NULL,
        'can_force', r.can_run AND r.status = 'running' AND r.cancel_requested_at IS NOT NULL,
        'experiment', r.experiment, 'experiment_title', r.experiment_title,
        'instance', json_build_object('id', r.instance_id, 'name', r.instance_name),
        'created', view_time(r.created_at), 'started', view_time(r.started_at), 'finished', view_time(r.finished_at),
        'elapsed', view_elapsed(r.started_at, r.finished_at), 'waiting', CASE WHEN r.status = 'pending' THEN view_waiting(r.experiment) END,
        'notice', r.notice,
        'reason', r.words, 'error', CASE WHEN lower(r.error) IS DISTINCT FROM lower(r.words) THEN left(r.error, 200) END,
        'error_rest', CASE WHEN length(r.error) > 200 OR r.error ~ '\n' THEN r.error END,
        'can_promote', r.can_run AND r.status = 'completed' AND EXISTS (SELECT FROM records a WHERE a.run_id = r.id AND a.kind = 'artifact'),
        'promotions', (SELECT json_agg(json_build_object('label', l.name || ' v' || v.version, 'href', view_version_href(l.name, v.version)) ORDER BY v.id)
                       FROM (SELECT * FROM pipeline_versions x WHERE x.run_id = r.id ORDER BY x.id DESC LIMIT 3) v JOIN pipelines l ON l.id = v.pipeline_id),
        'lines', r.lines, 'records', r.records, 'cursor', r.lines || '.' || r.records),
    'tabs', (SELECT json_agg(json_build_object(
                'name', t.name, 'label', t.label, 'count', fmt_count(c.n), 'has_count', c.n IS NOT NULL,
                'selected', t.name = r.tab, 'hidden', t.only_filled AND c.n = 0 AND r.tab <> t.name) ORDER BY t.place)
             FROM known t LEFT JOIN counts c USING (name) WHERE t.label IS NOT NULL),
    'tab', r.tab,
    'logs', CASE WHEN r.tab = 'logs' THEN (
        SELECT json_build_object(
            'lines', view_log_lines(r.id, r.from_line, least(r.from_line + 499, r.lines)), 'total', fmt_count(r.lines),
            'none', r.lines = 0, 'first', fmt_count(r.from_line), 'last', fmt_count(least(r.from_line + 499, r.lines)),
            'paged', r.lines > 500,
            'earlier', CASE WHEN r.from_line > 1 THEN json_build_object('line', greatest(1, r.from_line - 400)) END,
            'later', CASE WHEN r.from_line + 499 < r.lines THEN json_build_object('line', r.from_line + 600) END)) END,
    'results', CASE WHEN r.tab = 'results' THEN view_results(r.id, r.query) END,
    'events', CASE WHEN r.tab = 'events' THEN view_events(r.id, r.query) END,
    'leaderboard', CASE WHEN r.tab = 'leaderboard' THEN
        view_tables(r.id, r.query, 50, (SELECT e.manifest -> 'columns' FROM experiments e WHERE e.name = r.experiment)) END,
    'metrics', CASE WHEN r.tab = 'metrics' THEN view_metrics(r.id, r.query) END,
    'artifacts', CASE WHEN r.tab = 'artifacts' THEN view_artifacts(r.id, r.query, r.can_run AND r.status = 'completed') END,
    'configuration', CASE WHEN r.tab = 'configuration' THEN view_configuration(r.id, r.can_run) END,
    'can_run', r.can_run,
    'no_runner', r.status = 'pending' AND view_no_runner())
FROM run r
