-- GET .../logs?before= : the same as log_chunks, last first. log_chunks_pkey, read backwards.
SELECT first_line, last_line, body FROM log_chunks
WHERE run_id = $1::bigint AND first_line <= $3::bigint
  AND first_line >= coalesce((SELECT max(first_line) FROM log_chunks WHERE run_id = $1::bigint AND first_line <= $2::bigint), 0)
ORDER BY first_line DESC
