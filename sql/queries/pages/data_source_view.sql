-- GET /api/v1/data-sources/{source}: the row, and the sample. data_sources_pkey, data_sources_name.
SELECT row_to_json(r)::text
FROM (SELECT a.*, s.sample FROM api_data_sources a JOIN data_sources s ON s.id = a.id
      WHERE a.id = find_data_source($1::json #>> '{path,source}', $1::json #>> '{query,project}')) r
