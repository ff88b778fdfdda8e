-- Every 3 s, when a cancel is told and when $3, what stands in the run's way, changes: the supervisor shows that it lives and
-- learns whether the run shall end. No row when the run is another's by now. Not worth waiting for the disk. Served by primary keys.
UPDATE run_heads h
SET heartbeat = h.heartbeat + 1, heartbeat_at = clock_timestamp(), trouble = $3::text
FROM runs r, (SELECT set_config('synchronous_commit', 'off', true)) AS relaxed
WHERE h.run_id = $1::bigint AND h.epoch = $2::int AND r.id = h.run_id
RETURNING r.cancel_requested_at IS NOT NULL AS cancelled, r.cancel_forced
