-- GET .../uses of nothing: is there such a data source? data_sources_pkey, data_sources_name.
SELECT id::text FROM data_sources WHERE id = find_data_source($1::json #>> '{path,source}', $1::json #>> '{query,project}')
