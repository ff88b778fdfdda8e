-- A supervisor begins: all that it must know of its run. `claim` tells whether an earlier claim_run of its
-- own, whose reply was lost, was carried out. Served by primary keys.
SELECT r.status, r.experiment, r.number, r.instance_id, i.name AS instance_name, r.configuration,
       h.epoch, h.lines, h.records, h.bytes, r.snapshot ->> 'claim' AS claim,
       r.cancel_requested_at IS NOT NULL AS cancelled, r.cancel_forced
FROM runs r JOIN run_heads h ON h.run_id = r.id JOIN instances i ON i.id = r.instance_id
WHERE r.id = $1::bigint
