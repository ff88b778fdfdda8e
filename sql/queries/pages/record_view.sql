-- GET .../records/{n}: one record, whole. records_pkey.
SELECT body FROM records WHERE run_id = ($1::json #>> '{path,id}')::bigint AND n = ($1::json #>> '{path,n}')::bigint
