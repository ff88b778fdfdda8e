-- A daemon that (re)connects: takes its earlier row again, if there is one, or makes one, and offers nothing
-- yet. Also answers how many connections the database can hold for us. Primary keys; runners is small.
WITH cleared AS (
    DELETE FROM offers WHERE runner_id = $1::bigint
), again AS (
    UPDATE runners
    SET host = $2::text, boot_id = $3::text, pid = $4::int, version = $5::text, jobs = $6::int,
        started_at = CASE WHEN $7::boolean THEN now() ELSE started_at END,
        heartbeat = heartbeat + 1, heartbeat_at = now(), stopped_at = NULL
    WHERE id = $1::bigint
    RETURNING id
), anew AS (
    INSERT INTO runners (host, boot_id, pid, version, jobs)
    SELECT $2::text, $3::text, $4::int, $5::text, $6::int
    WHERE NOT EXISTS (SELECT FROM again)
    RETURNING id
)
SELECT id, current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint
FROM (SELECT id FROM again UNION ALL SELECT id FROM anew) AS runner
