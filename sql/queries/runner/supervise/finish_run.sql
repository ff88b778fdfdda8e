-- The run's last statement: the terminal record and status. No row when it has ended already.
SELECT epoch, lines, records, body
FROM finish_run($1::bigint, $2::int, $3::text, $4::text, $5::text, $6::int, $7::int)
