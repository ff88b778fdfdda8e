-- GET /runs/{id}: the header of a run and the panel of one tab (`?tab=head`: none). Everything by primary keys and
-- records_key; logs by the numbers of their chunks. Of large records only the brief is read.
WITH p AS (
    SELECT ($1::json #>> '{path,id}')::bigint AS id,
           CASE WHEN $1::json #>> '{query,tab}' IN ('results', 'events', 'leaderboard', 'artifacts', 'configuration', 'head')
                THEN $1::json #>> '{query,tab}' ELSE 'logs' END AS tab,
           CASE WHEN $1::json #>> '{query,line}' ~ '^[0-9]{1,18}$' THEN ($1::json #>> '{query,line}')::bigint END AS line,
           CASE WHEN $1::json #>> '{query,before}' ~ '^[0-9]{1,18}$' THEN ($1::json #>> '{query,before}')::bigint
                ELSE 9223372036854775807 END AS before,
           ($1::json #>> '{user,scope}') IN ('run', 'admin') AS can_run
), run AS (
    SELECT r.*, view_reason(r.reason, r.error, r.exit_code, r.signal) AS words,
           CASE WHEN r.status IN ('pending', 'running')
                THEN run_notice(r.status, r.started_at, h.heartbeat_at, h.said_at, h.trouble) END AS notice, h.lines, h.records, h.bytes, i.name AS instance_name, coalesce(e.title, r.experiment) AS experiment_title,
           p.tab, p.before, p.can_run, greatest(1, least(coalesce(p.line - 100, h.lines - 499), h.lines - 499)) AS from_line
    FROM p JOIN runs r ON r.id = p.id JOIN run_heads h ON h.run_id = r.id
    JOIN instances i ON i.id = r.instance_id
    LEFT JOIN experiments e ON e.name = r.experiment
), counts AS (
    SELECT (SELECT count(DISTINCT key) FROM records WHERE run_id = r.id AND kind = 'result') AS results,
           (SELECT count(*) FROM records WHERE run_id = r.id AND kind = 'event') AS events,
           (SELECT count(*) FROM records WHERE run_id = r.id AND kind = 'row') AS rows
    FROM run r
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
        'elapsed', view_elapsed(r.started_at, r.finished_at), 'waiting', r.status = 'pending',
        'notice', r.notice,
        'reason', r.words, 'error', CASE WHEN lower(r.error) IS DISTINCT FROM lower(r.words) THEN left(r.error, 200) END,
        'error_rest', CASE WHEN length(r.error) > 200 OR r.error ~ '\n' THEN r.error END,
        'lines', r.lines, 'records', r.records, 'cursor', r.lines || '.' || r.records),
    'tabs', (SELECT json_agg(json_build_object(
                'name', t.name, 'label', t.label, 'count', fmt_count(t.n), 'has_count', t.n IS NOT NULL,
                'selected', t.name = r.tab, 'hidden', t.name = 'leaderboard' AND t.n = 0 AND r.tab <> 'leaderboard') ORDER BY t.place)
             FROM (VALUES (1, 'logs', 'Logs', r.lines), (2, 'results', 'Results', c.results), (3, 'events', 'Events', c.events),
                          (4, 'leaderboard', 'Leaderboard', c.rows), (9, 'configuration', 'Configuration', NULL))
                  AS t (place, name, label, n)),
    'tab', r.tab,
    'logs', CASE WHEN r.tab = 'logs' THEN (
        SELECT json_build_object(
            'lines', view_log_lines(r.id, r.from_line, least(r.from_line + 499, r.lines)), 'total', fmt_count(r.lines),
            'none', r.lines = 0, 'first', fmt_count(r.from_line), 'last', fmt_count(least(r.from_line + 499, r.lines)),
            'paged', r.lines > 500,
            'earlier', CASE WHEN r.from_line > 1 THEN json_build_object('line', greatest(1, r.from_line - 400)) END,
            'later', CASE WHEN r.from_line + 499 < r.lines THEN json_build_object('line', r.from_line + 600) END)) END,
    'results', CASE WHEN r.tab = 'results' THEN (
        SELECT json_build_object('none', count(*) = 0, 'more', CASE WHEN count(*) > 200 THEN fmt_count(count(*) - 200) END,
            'cards', coalesce(json_agg(json_build_object(
                'key', x.key, 'n', x.n, 'when', view_time(to_timestamp((x.body ->> 'at')::bigint / 1000.0)),
                'values', x.times, 'many', x.times > 1,
                'type', coalesce(json_typeof(x.body -> 'value'), 'large'),
                'text', CASE WHEN x.large THEN ''
                             WHEN json_typeof(x.body -> 'value') IN ('object', 'array') THEN json_indent((x.body -> 'value')::text)
                             ELSE x.body ->> 'value' END,
                'large', CASE WHEN x.large THEN json_build_object('href', x.body -> 'href', 'size', fmt_bytes((x.body ->> 'bytes')::bigint)) END)
                ORDER BY x.n) FILTER (WHERE x.place <= 200), '[]'))
        FROM (SELECT k.key, k.n, k.times, coalesce(c.brief, c.body)::json AS body, c.brief IS NOT NULL AS large,
                     row_number() OVER (ORDER BY k.n) AS place
              FROM (SELECT key, max(n) AS n, count(*) AS times FROM records
                    WHERE run_id = r.id AND kind = 'result' GROUP BY key) k
              JOIN records c ON c.run_id = r.id AND c.n = k.n) x) END,
    'events', CASE WHEN r.tab = 'events' THEN (
        SELECT json_build_object('none', c.events = 0,
            'earlier', CASE WHEN count(*) > 200 THEN json_build_object('before', min(x.n) FILTER (WHERE x.place <= 200)) END,
            'rows', coalesce(json_agg(json_build_object(
                'n', x.n, 'when', view_time(to_timestamp((x.body ->> 'at')::bigint / 1000.0)),
                'time', to_char(to_timestamp((x.body ->> 'at')::bigint / 1000.0) AT TIME ZONE 'UTC', 'HH24:MI:SS.MS'),
                'ms', (x.body ->> 'at')::bigint,
                'kind', x.key, 'tone', view_event_tone(x.key), 'message', x.body ->> 'message',
                'duration', view_duration(x.body -> 'duration_ms'),
                'payload', CASE WHEN json_typeof(x.body -> 'payload') <> 'null' THEN left(json_indent((x.body -> 'payload')::text), 65536) END)
                ORDER BY x.n) FILTER (WHERE x.place <= 200), '[]'))
        FROM (SELECT e.n, e.key, coalesce(e.brief, e.body)::json AS body, row_number() OVER (ORDER BY e.n DESC) AS place
              FROM records e WHERE e.run_id = r.id AND e.kind = 'event' AND e.n < r.before ORDER BY e.n DESC LIMIT 201) x) END,
    'leaderboard', CASE WHEN r.tab = 'leaderboard' THEN json_build_object(
        'none', c.rows = 0,
        'tables', view_tables(r.id, 500, (SELECT e.manifest -> 'columns' FROM experiments e WHERE e.name = r.experiment))) END,
    'artifacts', CASE WHEN r.tab = 'artifacts' THEN (
        SELECT json_build_object('none', count(*) = 0, 'more', CASE WHEN count(*) > 500 THEN fmt_count(count(*) - 500) END,
            'rows', coalesce(json_agg(json_build_object(
                'n', x.n, 'name', x.name, 'href', '/api/v1/runs/' || r.id || '/artifacts/' || x.n, 'size', fmt_bytes(x.size), 'bytes', x.size,
                'media_type', x.media_type, 'image', x.media_type LIKE 'image/%', 'sha256', x.sha256,
                'when', view_time(to_timestamp(x.at_ms / 1000.0))) ORDER BY x.n) FILTER (WHERE x.place <= 500), '[]'))
        FROM (SELECT a.*, row_number() OVER (ORDER BY a.n) AS place FROM artifacts a WHERE a.run_id = r.id) x) END,
    'configuration', CASE WHEN r.tab = 'configuration' THEN json_build_object(
        'rows', view_leaves(r.configuration), 'no_rows', r.configuration::text ~ '^\s*\{\s*\}\s*$',
        'snapshot', view_leaves(json_strip_nulls(r.snapshot)),
        'facts', (SELECT json_agg(json_build_object('path', x.key, 'value', left(x.body::json ->> 'value', 4096)) ORDER BY x.n)
                  FROM (SELECT DISTINCT ON (key) key, n, coalesce(brief, body) AS body FROM records
                        WHERE run_id = r.id AND kind = 'fact' ORDER BY key, n DESC) x),
        'times', (SELECT json_agg(json_build_object('path', t.label, 'value', t.value) ORDER BY t.place)
                  FROM (VALUES (1, 'Created', (view_time(r.created_at)) ->> 'exact'), (2, 'Started', (view_time(r.started_at)) ->> 'exact'),
                               (3, 'Finished', (view_time(r.finished_at)) ->> 'exact'),
                               (4, 'Duration', view_elapsed(r.started_at, r.finished_at) ->> 'text'),
                               (5, 'Host', r.host), (6, 'Exit code', r.exit_code::text), (7, 'Signal', r.signal::text),
                               (8, 'Log size', fmt_bytes(r.bytes))) AS t (place, label, value)
                  WHERE t.value IS NOT NULL)) END,
    'can_run', r.can_run,
    'no_runner', r.status = 'pending' AND view_no_runner())
FROM run r, counts c
