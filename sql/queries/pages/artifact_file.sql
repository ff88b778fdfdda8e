-- GET .../artifacts/{n}: which file it is. records_pkey.
SELECT name, sha256, size, media_type FROM artifacts WHERE run_id = $1::bigint AND n = $2::bigint
