-- What keeps a reserved run from being started; its supervisor's first heartbeat takes it back. Primary keys.
UPDATE run_heads h SET trouble = $2::text
FROM runs r
WHERE h.run_id = $1::bigint AND r.id = h.run_id AND r.status = 'pending'
RETURNING h.run_id
