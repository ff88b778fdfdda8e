-- A run is lost: its heartbeat counter is still the one that the daemon has seen all the time. Primary key.
WITH head AS (
    SELECT run_id, epoch FROM run_heads WHERE run_id = $1::bigint AND heartbeat = $2::bigint FOR UPDATE
)
SELECT f.body FROM head, finish_run(head.run_id, head.epoch, 'failed', 'lost', $3::text, NULL, NULL) AS f
