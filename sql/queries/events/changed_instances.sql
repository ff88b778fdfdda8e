-- The relay, after rows of instances have changed: their facts for all who watch, without the configuration. One
-- that is missing was deleted. Primary key of instances.
SELECT i.id, row_to_json(facts)::text
FROM api_instances i
CROSS JOIN LATERAL (
    SELECT i.id, i.experiment, i.name, left(i.description, 1000) AS description, i.project, i.created_at, i.updated_at
) AS facts
WHERE i.id = ANY ($1::bigint[])
