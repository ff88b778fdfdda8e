-- POST /api/v1/instances and the forms New and Clone: the new row as the API shows it.
WITH made AS (
    INSERT INTO instances (experiment, name, description, project, configuration)
    VALUES ($1::text, $2::text, $3::text, $4::text, $5::json)
    RETURNING *
)
SELECT id, row_to_json((SELECT r FROM (SELECT id, experiment, name, description, project, configuration,
                                              rfc3339(created_at) AS created_at, rfc3339(updated_at) AS updated_at) r))::text
FROM made
