-- POST /api/v1/instances and the forms New and Clone: the id of a new instance, or of the one that the same key made before.
SELECT instance_id, made FROM add_instance($1::bigint, $2::text, $3::text, $4::text, $5::text, $6::json, $7::text, $8::text)
