-- PUT /api/v1/instances/{id} and the form Edit: the changed row as the API shows it; no row where there is none, or where $6, the
-- request's If-Match, does not name what is there at this moment. instances_pkey.
UPDATE instances i SET name = $2::text, description = $3::text, project = $4::text, configuration = $5::json, updated_at = now()
WHERE i.id = $1::bigint AND is_match($6::text, instance_json(i))
RETURNING i.id, instance_json(i)
