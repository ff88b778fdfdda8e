-- Recovery, holding the flock of a dead supervisor's run: a new epoch, so that nothing of the dead one can follow.
-- A run that is not running is only looked at. Primary keys.
WITH taken AS (
    UPDATE run_heads h SET epoch = h.epoch + 1, heartbeat = h.heartbeat + 1, heartbeat_at = clock_timestamp()
    FROM runs r
    WHERE h.run_id = $1::bigint AND r.id = h.run_id AND r.status = 'running'
    RETURNING h.run_id, h.epoch
)
SELECT r.status, coalesce(t.epoch, h.epoch), h.lines, h.records, h.bytes
FROM runs r JOIN run_heads h ON h.run_id = r.id LEFT JOIN taken t ON t.run_id = r.id
WHERE r.id = $1::bigint
