-- The supervisor's (and recovery's) batch with anything in it: moves the run's head if it stands where the
-- batch begins and the epoch is still the writer's, and stores chunk, marks, records and metric points only then.
-- One row when it was taken. Served by the primary keys of the five tables.
WITH head AS (
    UPDATE run_heads
    SET lines = $4::bigint, records = $6::bigint, bytes = $8::bigint, debugs = debugs + $9::int,
        infos = infos + $10::int, warns = warns + $11::int, errors = errors + $12::int,
        said_at = clock_timestamp()
    WHERE run_id = $1::bigint AND epoch = $2::int
      AND lines = $3::bigint - 1 AND records = $5::bigint - 1
    RETURNING run_id
), chunk AS (
    INSERT INTO log_chunks (run_id, first_line, last_line, first_byte, last_byte, debugs, infos, warns, errors, body)
    SELECT run_id, $3::bigint, $4::bigint, $7::bigint, $8::bigint, $9::int, $10::int, $11::int, $12::int, $13::text
    FROM head WHERE $4::bigint >= $3::bigint
), marks AS (
    INSERT INTO log_marks (run_id, level, line)
    SELECT head.run_id, m.level, m.line
    FROM head, unnest($14::bigint[], $15::bigint[]) AS m (level, line)
), said AS (
    INSERT INTO records (run_id, n, line, kind, key, body, brief)
    SELECT head.run_id, $5::bigint + r.place - 1, r.line, r.kind, r.key, r.body, r.brief
    FROM head, unnest($16::bigint[], $17::text[], $18::text[], $19::text[], $20::text[])
               WITH ORDINALITY AS r (line, kind, key, body, brief, place)
), series AS (
    INSERT INTO metric_chunks (run_id, key, n, points, first_step, last_step, body)
    SELECT head.run_id, s.key, s.n, s.points, s.first_step::double precision,
           s.last_step::double precision, s.body
    FROM head, unnest($21::text[], $22::bigint[], $23::bigint[], $24::text[], $25::text[], $26::text[])
               AS s (key, n, points, first_step, last_step, body)
)
SELECT run_id FROM head
