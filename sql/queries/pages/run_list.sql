-- GET /api/v1/runs, newest first: all, of an instance, of a status (list_runs). runs_pkey, run_heads_pkey.
SELECT r.id, row_to_json(r)::text
FROM api_runs r JOIN list_runs($1::json -> 'query', ($1::json #>> '{query,limit}')::int + 1) l ON l.id = r.id
ORDER BY r.id DESC
