-- GET /api/v1/runs/{id}. runs_pkey, run_heads_pkey.
SELECT row_to_json(r)::text FROM api_runs r WHERE r.id = ($1::json #>> '{path,id}')::bigint
