-- The lines of logs as rows, for people who ask by hand. A log is stored in chunks; a condition on run_id finds a run's by
-- their key, one on chunk_first and chunk_last skips the others of the run undecoded:
--     WHERE run_id = 7 AND chunk_first <= 2000 AND chunk_last >= 1000 AND line BETWEEN 1000 AND 2000
-- The program's own readers take whole chunks instead.
CREATE VIEW log_lines AS
SELECT c.run_id,
       c.first_line + e.place - 1 AS line,
       to_timestamp((e.line ->> 0)::bigint / 1000.0) AS at,
       (ARRAY['debug', 'info', 'warn', 'error'])[(e.line ->> 1)::int + 1] AS level,
       (ARRAY['stdout', 'stderr', 'message'])[coalesce((e.line ->> 3)::int, 0) + 1] AS source,
       e.line ->> 2 AS text,
       CASE WHEN json_typeof(e.line -> 4) = 'object' THEN e.line -> 4 END AS metadata,
       coalesce((e.line ->> 5)::int, 0) & 1 = 1 AS continued, -- the next line goes on with this one
       c.first_line AS chunk_first,
       c.last_line AS chunk_last
FROM log_chunks c, json_array_elements(c.body::json -> 'lines') WITH ORDINALITY AS e (line, place);
