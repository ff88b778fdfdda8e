-- GET /api/v1/instances, newest first: all, of an experiment, of a name, of a project (list_instances). instances_pkey.
SELECT i.id, row_to_json(i)::text
FROM api_instances i JOIN list_instances($1::json -> 'query', ($1::json #>> '{query,limit}')::int + 1, $1::json #>> '{query,name}') l ON l.id = i.id
ORDER BY i.id DESC
