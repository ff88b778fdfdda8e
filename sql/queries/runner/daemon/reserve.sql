-- The daemon takes up to $3 pending runs of the experiments it offers: by priority, then in turn between the
-- instances (counting those that run already), then by age. Others' rows are skipped, not waited for. Served by
-- runs_queue and runs_running.
WITH active AS (
    SELECT instance_id, count(*) AS runs FROM runs WHERE status = 'running' GROUP BY instance_id
), waiting AS (
    SELECT r.id, row_number() OVER (PARTITION BY r.instance_id, r.priority ORDER BY r.id)
                 + coalesce(a.runs, 0) AS turn
    FROM runs r LEFT JOIN active a USING (instance_id)
    WHERE r.status = 'pending' AND r.experiment = ANY ($2::text[])
), picked AS (
    SELECT r.id
    FROM runs r JOIN waiting w USING (id)
    WHERE r.status = 'pending' AND (r.reserved_until IS NULL OR r.reserved_until < now())
    ORDER BY r.priority DESC, w.turn, r.id
    LIMIT $3::int
    FOR UPDATE OF r SKIP LOCKED
)
UPDATE runs r SET reserved_by = $1::bigint, reserved_until = now() + interval '15 seconds'
FROM picked WHERE r.id = picked.id
RETURNING r.id, r.experiment
