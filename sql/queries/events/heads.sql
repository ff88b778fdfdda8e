-- The relay, once a second and at each connect: where the watched runs stand. A run that is missing in the answer was
-- deleted. Primary keys of runs and run_heads.
SELECT r.id, r.status, h.lines, h.records
FROM unnest($1::bigint[]) AS asked (id)
JOIN runs r ON r.id = asked.id
JOIN run_heads h ON h.run_id = r.id
