-- PATCH of a data source: the row as the API shows it. data_sources_pkey.
SELECT row_to_json(a)::text FROM api_data_sources a WHERE a.id = $1::bigint
