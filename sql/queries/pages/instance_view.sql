-- GET /api/v1/instances/{id}. instances_pkey.
SELECT row_to_json(i)::text FROM api_instances i WHERE i.id = ($1::json #>> '{path,id}')::bigint
