-- The daemon takes up to $3 pending runs of the experiments it offers: by priority, then in turn between the
-- instances (fewest runs at work first, then whose last start is longest ago), then by age. Others' rows are skipped, not
-- waited for. A reservation need not outlive a crash of the database, so nobody waits for the disk. Looks at no more than $3
-- free runs of an instance, however many wait: runs_waiting (stepped over from instance to instance), runs_running, runs_reserved,
-- runs_served.
WITH RECURSIVE relaxed AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true)
), step (instance_id) AS (
    (SELECT instance_id FROM runs WHERE status = 'pending' ORDER BY instance_id LIMIT 1)
    UNION ALL
    SELECT (SELECT r.instance_id FROM runs r
            WHERE r.status = 'pending' AND r.instance_id > step.instance_id ORDER BY r.instance_id LIMIT 1)
    FROM step WHERE step.instance_id IS NOT NULL
), active AS MATERIALIZED (
    SELECT instance_id, count(*) AS runs
    FROM (SELECT instance_id FROM runs WHERE status = 'running'
          UNION ALL SELECT instance_id FROM runs WHERE status = 'pending' AND reserved_until IS NOT NULL AND reserved_until >= now()) AS a
    GROUP BY instance_id
), turn AS MATERIALIZED (
    SELECT i.id AS instance_id, coalesce(a.runs, 0) AS runs,
           (SELECT r.started_at FROM runs r WHERE r.instance_id = i.id AND r.started_at IS NOT NULL
            ORDER BY r.started_at DESC LIMIT 1) AS served_at
    FROM step JOIN instances i ON i.id = step.instance_id LEFT JOIN active a ON a.instance_id = i.id
    WHERE i.experiment = ANY ($2::text[])
), waiting AS MATERIALIZED (
    SELECT w.id, w.priority, t.runs + row_number() OVER (PARTITION BY t.instance_id, w.priority ORDER BY w.id) AS place, t.served_at
    FROM turn t, LATERAL (
        SELECT r.id, r.priority FROM runs r
        WHERE r.status = 'pending' AND r.instance_id = t.instance_id AND (r.reserved_until IS NULL OR r.reserved_until < now())
        ORDER BY r.priority DESC, r.id
        LIMIT $3::int) AS w
), picked AS (
    SELECT r.id
    FROM (SELECT * FROM waiting ORDER BY priority DESC, place, served_at NULLS FIRST, id LIMIT 4 * $3::int) AS w
    JOIN runs r ON r.id = w.id
    WHERE r.status = 'pending' AND (r.reserved_until IS NULL OR r.reserved_until < now())
    ORDER BY w.priority DESC, w.place, w.served_at NULLS FIRST, w.id
    LIMIT $3::int
    FOR UPDATE OF r SKIP LOCKED
)
UPDATE runs r SET reserved_by = $1::bigint, reserved_until = now() + interval '15 seconds'
FROM picked, relaxed WHERE r.id = picked.id
RETURNING r.id, r.experiment
