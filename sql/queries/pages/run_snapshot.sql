-- GET /api/v1/runs/{id}/snapshot: all that made a run and what became of it. runs_pkey, records_key.
SELECT json_build_object(
    'run', r.id, 'number', r.number, 'instance', json_build_object('id', i.id, 'name', i.name), 'experiment', r.experiment,
    'status', r.status, 'reason', r.reason, 'error', r.error, 'exit_code', r.exit_code, 'signal', r.signal, 'priority', r.priority,
    'host', r.host, 'created_at', rfc3339(r.created_at), 'started_at', rfc3339(r.started_at), 'finished_at', rfc3339(r.finished_at),
    'configuration', r.configuration, 'snapshot', r.snapshot,
    'facts', (SELECT coalesce(json_object_agg(f.key, f.value ORDER BY f.n), '{}')
              FROM (SELECT DISTINCT ON (key) key, n, body::json -> 'value' AS value FROM records
                    WHERE run_id = r.id AND kind = 'fact' ORDER BY key, n DESC) f))::text
FROM runs r JOIN instances i ON i.id = r.instance_id
WHERE r.id = ($1::json #>> '{path,id}')::bigint
