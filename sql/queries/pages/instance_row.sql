-- The row of an instance as the API shows it, after a change. instances_pkey.
SELECT row_to_json(i)::text FROM api_instances i WHERE i.id = $1::bigint
