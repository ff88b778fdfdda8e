-- The relay, when a /wait ends: the rows of these runs as the API shows them. Primary keys of runs and run_heads.
SELECT r.id, row_to_json(r)::text
FROM api_runs r
WHERE r.id = ANY ($1::bigint[])
