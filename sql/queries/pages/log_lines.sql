-- GET .../lines: the chunks of the lines between $3 and $4 that hold lines of level $2 or above, in order: the first line, how many
-- such lines, and the body; without it where such lines are only counted by blocks of $5 (0: they are not) and the chunk lies within
-- one. log_chunks_pkey; read row by row.
SELECT first_line, matching,
       CASE WHEN first_line > $3::bigint AND last_line < $4::bigint
                 AND (first_line - 1) / nullif($5::bigint, 0) = (last_line - 1) / nullif($5::bigint, 0) THEN NULL
            ELSE body END
FROM (SELECT first_line, last_line, body,
             CASE $2::int WHEN 0 THEN last_line - first_line + 1 WHEN 1 THEN infos + warns + errors WHEN 2 THEN warns + errors
                          ELSE errors END AS matching
      FROM log_chunks
      WHERE run_id = $1::bigint AND first_line < $4::bigint
        AND first_line >= coalesce((SELECT max(first_line) FROM log_chunks WHERE run_id = $1::bigint AND first_line <= $3::bigint + 1), 0)) c
WHERE matching > 0
ORDER BY first_line
