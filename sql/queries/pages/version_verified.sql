-- POST .../versions/{n}/verify: who has found what in the store. The answer is what the API says of it.
UPDATE pipeline_versions AS v SET verified_at = now(), verified_by = $3::text, verified_sha256 = $4::text, verified_size = $5::bigint
WHERE v.id = find_version($1::text, $2::bigint)
RETURNING api_verified(v)::text
