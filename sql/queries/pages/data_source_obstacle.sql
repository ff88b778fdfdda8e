-- PUT /api/v1/data-sources/{name}, before the body is read: what stands in its way. data_sources_name.
SELECT data_source_obstacle($1::text, $2::text, $3::boolean, $4::bigint, $5::bigint)
