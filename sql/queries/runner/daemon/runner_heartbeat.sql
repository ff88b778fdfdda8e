-- Every 3 s: the daemon is there. No row when its row has been removed. Not worth waiting for the disk. What nobody asks for any more is
-- forgotten on the way. Primary keys.
UPDATE runners SET heartbeat = heartbeat + 1, heartbeat_at = now()
FROM (SELECT set_config('synchronous_commit', 'off', true), forget_site_changes()) AS relaxed
WHERE id = $1::bigint
RETURNING id
