-- A supervisor begins: all that it must know of its run. `claim` tells whether an earlier claim_run of its
-- own, whose reply was lost, was carried out. Served by primary keys.
SELECT r.status, r.experiment, r.number, r.instance_id, i.name AS instance_name, r.configuration,
       h.epoch, h.lines, h.records, h.bytes, r.snapshot ->> 'claim' AS claim,
       r.cancel_requested_at IS NOT NULL AS cancelled, r.cancel_forced,
       (SELECT json_agg(json_build_object('name', s.name, 'sha256', s.sha256, 'bytes', s.bytes, 'rows', s.rows, 'delimiter', s.delimiter,
                                          'columns', s.columns) ORDER BY s.id)
        FROM data_uses u JOIN data_sources s ON s.id = u.source_id WHERE u.run_id = r.id) AS data, r.time_limit_s
FROM runs r JOIN run_heads h ON h.run_id = r.id JOIN instances i ON i.id = r.instance_id
WHERE r.id = $1::bigint
