-- The relay, after rows of runs have changed: their facts for all who watch, without the configuration and with
-- what names them. One that is missing was deleted. Primary keys of runs, run_heads and instances.
SELECT r.id, row_to_json(facts)::text
FROM api_runs r
JOIN instances i ON i.id = r.instance_id
CROSS JOIN LATERAL (
    SELECT r.id, r.instance_id, i.name AS instance_name, i.experiment, r.number, r.status, r.reason,
           left(r.error, 1000) AS error, r.exit_code, r.signal, r.priority, r.cancel_requested_at, r.created_at,
           r.started_at, r.finished_at, r.notice, r.cursor, r.lines, r.records
) AS facts
WHERE r.id = ANY ($1::bigint[])
