-- The daemon no longer has an experiment; it stays listed, for its instances. Primary key.
DELETE FROM offers WHERE runner_id = $1::bigint AND experiment = $2::text
