-- The same as log_marked for the last $5 such lines; in order too.
WITH marks AS (
    SELECT line FROM (
        (SELECT line FROM log_marks
         WHERE run_id = $1::bigint AND level = 3 AND line > $3::bigint AND line < $4::bigint ORDER BY line DESC LIMIT $5::bigint)
        UNION ALL
        (SELECT line FROM log_marks
         WHERE run_id = $1::bigint AND level = 2 AND $2::int = 2 AND line > $3::bigint AND line < $4::bigint ORDER BY line DESC LIMIT $5::bigint)) m
    ORDER BY line DESC LIMIT $5::bigint
), wanted AS (
    SELECT DISTINCT (SELECT max(first_line) FROM log_chunks WHERE run_id = $1::bigint AND first_line <= m.line) AS first_line FROM marks m
)
SELECT c.body FROM wanted w JOIN log_chunks c ON c.run_id = $1::bigint AND c.first_line = w.first_line ORDER BY c.first_line
