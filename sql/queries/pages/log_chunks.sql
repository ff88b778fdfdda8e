-- GET .../logs?after= : the chunks that hold the lines $2 to $3, in order. log_chunks_pkey.
SELECT first_line, last_line, body FROM log_chunks
WHERE run_id = $1::bigint AND first_line <= $3::bigint
  AND first_line >= coalesce((SELECT max(first_line) FROM log_chunks WHERE run_id = $1::bigint AND first_line <= $2::bigint), 0)
ORDER BY first_line
