-- Every 3 s: the daemon is there. No row when its row has been removed. Primary key.
UPDATE runners SET heartbeat = heartbeat + 1, heartbeat_at = now()
WHERE id = $1::bigint
RETURNING id
