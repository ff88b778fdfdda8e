-- A reserved run whose supervisor could not be started, or ended before it began, waits again. Primary key.
UPDATE runs SET reserved_by = NULL, reserved_until = NULL
WHERE id = $1::bigint AND status = 'pending'
RETURNING id
