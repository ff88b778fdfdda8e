-- POST /api/v1/instances/{id}/runs and the form: a pending run, or the one that the same idempotency key made before.
SELECT run_id, made FROM start_run($1::bigint, $2::bigint, $3::int, $4::json, $5::text, $6::text, $7::text, $8::int)
