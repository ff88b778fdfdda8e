-- PATCH, DELETE and downloads: which data source it is. data_sources_pkey, data_sources_name.
SELECT id, name, sha256, bytes, project FROM data_sources WHERE id = find_data_source($1::text, $2::text)
