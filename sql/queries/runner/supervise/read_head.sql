-- After a lost reply the supervisor (or recovery) asks how far the run has come. Served by primary keys.
SELECT h.epoch, h.lines, h.records, h.bytes, r.status
FROM run_heads h JOIN runs r ON r.id = h.run_id
WHERE h.run_id = $1::bigint
