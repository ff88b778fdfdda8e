-- PUT /api/v1/instances/{id} and the form Edit: the changed row as the API shows it, no row where there is none. instances_pkey.
WITH changed AS (
    UPDATE instances SET name = $2::text, description = $3::text, project = $4::text, configuration = $5::json, updated_at = now()
    WHERE id = $1::bigint
    RETURNING *
)
SELECT id, row_to_json((SELECT r FROM (SELECT id, experiment, name, description, project, configuration,
                                              rfc3339(created_at) AS created_at, rfc3339(updated_at) AS updated_at) r))::text
FROM changed
