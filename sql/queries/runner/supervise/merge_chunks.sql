-- The supervisor makes one chunk of the small ones between lines $2 and $3. Readers see the old rows or the new one, which hold
-- the same lines, and after a crash one or the other, so nobody waits for the disk. The run's row is held, so that it is not deleted meanwhile. Primary keys.
WITH relaxed AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true)
), run AS (
    SELECT id FROM runs WHERE id = $1::bigint FOR SHARE
), small AS (
    DELETE FROM log_chunks c USING run, relaxed
    WHERE c.run_id = run.id AND c.first_line >= $2::bigint AND c.last_line <= $3::bigint
    RETURNING c.run_id, c.first_line, c.last_line, c.first_byte, c.last_byte, c.debugs, c.infos, c.warns, c.errors,
              -- what stands between {"first":N,"lines":[ and ]}
              substr(c.body, 20 + length(c.first_line::text), length(c.body) - 21 - length(c.first_line::text)) AS elements
)
INSERT INTO log_chunks (run_id, first_line, last_line, first_byte, last_byte, debugs, infos, warns, errors, body)
SELECT run_id, min(first_line), max(last_line), min(first_byte), max(last_byte),
       sum(debugs), sum(infos), sum(warns), sum(errors),
       '{"first":' || min(first_line) || ',"lines":[' || string_agg(elements, E',\t' ORDER BY first_line) || ']}'
FROM small GROUP BY run_id
RETURNING last_line - first_line + 1
