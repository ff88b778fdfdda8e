-- POST .../versions/{n}/stage: who moves which version to what stage (set_stage).
SELECT set_stage($1::text, $2::text, $3::bigint, $4::text)
