-- GET .../log.txt: the next few chunks from the one that holds line $2 on (chunks are merged meanwhile) whose text reaches beyond byte
-- $3. log_chunks_pkey.
SELECT first_line, first_byte, last_byte, body FROM log_chunks
WHERE run_id = $1::bigint AND last_byte > $3::bigint
  AND first_line >= coalesce((SELECT max(first_line) FROM log_chunks WHERE run_id = $1::bigint AND first_line <= $2::bigint), 0)
ORDER BY first_line
LIMIT $4::bigint
