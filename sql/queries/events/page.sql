-- The relay, for clients behind the live end: what run $1 said behind line $2 and record $3, about $4 bytes of each
-- kind. Primary keys of log_chunks and records; sizes are known without reading the bodies. One statement, so that head,
-- lines and records agree. Rows: the head (h, lines, records), chunks (l, first_line, body) and records (r, n, line, text), in
-- this order.
WITH chunk AS (
    SELECT c.first_line, c.body,
           sum(octet_length(c.body)) OVER (ORDER BY c.first_line) - octet_length(c.body) AS before
    FROM (
        SELECT first_line, body
        FROM log_chunks
        WHERE run_id = $1::bigint AND last_line > $2::bigint
          AND first_line >= coalesce((SELECT max(first_line) FROM log_chunks
                                      WHERE run_id = $1::bigint AND first_line <= $2::bigint + 1), 0)
        ORDER BY first_line
        LIMIT 256
    ) AS c
), said AS (
    SELECT s.n, s.line, s.text,
           sum(octet_length(s.text)) OVER (ORDER BY s.n) - octet_length(s.text) AS before
    FROM (
        SELECT n, line, coalesce(brief, body) AS text
        FROM records
        WHERE run_id = $1::bigint AND n > $3::bigint
        ORDER BY n
        LIMIT 4096
    ) AS s
)
SELECT 'h' AS kind, lines AS a, records AS b, '' AS text FROM run_heads WHERE run_id = $1::bigint
UNION ALL
(SELECT 'l', first_line, 0, body FROM chunk WHERE before < $4::bigint ORDER BY first_line)
UNION ALL
(SELECT 'r', n, line, text FROM said WHERE before < $4::bigint ORDER BY n)
