-- Rows as the API, the stream and the pages show them; one definition for all three.

CREATE VIEW api_runs AS
SELECT r.id, r.instance_id, r.number, r.status, r.reason, r.error, r.exit_code, r.signal, r.priority,
       rfc3339(r.cancel_requested_at) AS cancel_requested_at, rfc3339(r.created_at) AS created_at,
       rfc3339(r.started_at) AS started_at, rfc3339(r.finished_at) AS finished_at,
       h.lines || '.' || h.records AS cursor, h.lines, h.records, r.configuration
FROM runs r JOIN run_heads h ON h.run_id = r.id;

CREATE VIEW api_instances AS
SELECT id, experiment, name, description, project, configuration,
       rfc3339(created_at) AS created_at, rfc3339(updated_at) AS updated_at
FROM instances;
