-- PATCH /api/v1/data-sources/{source} and the form: another name or project. data_sources_pkey.
UPDATE data_sources SET name = coalesce($2::text, name), project = coalesce($3::text, project) WHERE id = $1::bigint RETURNING id
