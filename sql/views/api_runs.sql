-- Runs as the API and the stream show them. Notices are for those that have not ended, so that others cost nothing.
CREATE VIEW api_runs AS
SELECT r.id, r.instance_id, r.number, r.status, r.reason, r.error, r.exit_code, r.signal, r.priority, r.time_limit_s,
       rfc3339(r.cancel_requested_at) AS cancel_requested_at, rfc3339(r.created_at) AS created_at,
       rfc3339(r.started_at) AS started_at, rfc3339(r.finished_at) AS finished_at,
       CASE WHEN r.started_at IS NOT NULL THEN rfc3339(h.heartbeat_at) END AS heartbeat_at, rfc3339(h.said_at) AS said_at,
       (n.notice ->> 'text') || coalesce(' ' || (n.notice ->> 'lasting'), '') AS notice,
       h.lines || '.' || h.records AS cursor, h.lines, h.records, r.configuration
FROM runs r JOIN run_heads h ON h.run_id = r.id
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.status IN ('pending', 'running')
           THEN run_notice(r.status, r.started_at, h.heartbeat_at, h.said_at, h.trouble) END AS notice
) AS n;
