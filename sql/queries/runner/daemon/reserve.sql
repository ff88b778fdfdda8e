-- The daemon takes up to $3 pending runs of the experiments it offers: by priority, then in turn between the
-- instances (fewest runs at work first, then whose last start is longest ago), then by age. Others' rows are skipped, not
-- waited for. Served by runs_queue, runs_running and runs_served.
WITH waiting AS (
    SELECT id, instance_id, taken,
           row_number() OVER (PARTITION BY instance_id, priority, taken ORDER BY id) AS place
    FROM (SELECT *, coalesce(reserved_until >= now(), false) AS taken FROM runs
          WHERE status = 'pending' AND experiment = ANY ($2::text[])) AS p
), active AS (
    SELECT instance_id, count(*) AS runs
    FROM (SELECT instance_id FROM runs WHERE status = 'running'
          UNION ALL SELECT instance_id FROM waiting WHERE taken) AS a
    GROUP BY instance_id
), served AS (
    SELECT w.instance_id, (SELECT max(r.started_at) FROM runs r
                           WHERE r.instance_id = w.instance_id AND r.started_at IS NOT NULL) AS at
    FROM (SELECT DISTINCT instance_id FROM waiting) AS w
), picked AS (
    SELECT r.id
    FROM runs r
    JOIN waiting w USING (id)
    JOIN served s ON s.instance_id = w.instance_id
    LEFT JOIN active a ON a.instance_id = w.instance_id
    WHERE NOT w.taken AND r.status = 'pending' AND (r.reserved_until IS NULL OR r.reserved_until < now())
    ORDER BY r.priority DESC, w.place + coalesce(a.runs, 0), s.at NULLS FIRST, r.id
    LIMIT $3::int
    FOR UPDATE OF r SKIP LOCKED
)
UPDATE runs r SET reserved_by = $1::bigint, reserved_until = now() + interval '15 seconds'
FROM picked WHERE r.id = picked.id
RETURNING r.id, r.experiment
