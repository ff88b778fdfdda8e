-- The supervisor's batch of log lines alone, the most frequent statement: moves the run's head if it stands
-- where the batch begins and the epoch is still this supervisor's, and stores the chunk only then.
-- One row when it was taken. Served by the primary keys of run_heads and log_chunks.
WITH head AS (
    UPDATE run_heads
    SET lines = $4::bigint, bytes = $8::bigint, debugs = debugs + $9::int, infos = infos + $10::int,
        warns = warns + $11::int, errors = errors + $12::int, said_at = clock_timestamp()
    WHERE run_id = $1::bigint AND epoch = $2::int
      AND lines = $3::bigint - 1 AND records = $5::bigint - 1 AND records = $6::bigint
    RETURNING run_id
), chunk AS (
    INSERT INTO log_chunks (run_id, first_line, last_line, first_byte, last_byte, debugs, infos, warns, errors, body)
    SELECT run_id, $3::bigint, $4::bigint, $7::bigint, $8::bigint, $9::int, $10::int, $11::int, $12::int, $13::text
    FROM head
)
SELECT run_id FROM head
