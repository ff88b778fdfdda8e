-- The row of a run as the API shows it, after a change. runs_pkey.
SELECT row_to_json(r)::text FROM api_runs r WHERE r.id = $1::bigint
