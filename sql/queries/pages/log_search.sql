-- GET .../logs?q= or level=: every chunk that holds lines of level $2 or above, in order. log_chunks_pkey; read row by row.
SELECT body FROM log_chunks
WHERE run_id = $1::bigint
  AND CASE $2::int WHEN 0 THEN true WHEN 1 THEN infos + warns + errors > 0 WHEN 2 THEN warns + errors > 0 ELSE errors > 0 END
ORDER BY first_line
