-- The supervisor takes its pending run. No row when it is pending no more.
SELECT epoch, lines, records, body
FROM claim_run($1::bigint, $2::bigint, $3::text, $4::json)
