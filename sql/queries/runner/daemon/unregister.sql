-- A daemon that stops in good order offers nothing any more. Primary keys.
WITH gone AS (
    DELETE FROM offers WHERE runner_id = $1::bigint
)
UPDATE runners SET stopped_at = now() WHERE id = $1::bigint RETURNING id
