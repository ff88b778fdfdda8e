-- PUT .../versions/{n} and the form: its words; null leaves one as it is. False where $5, the request's If-Match, does not name what is
-- there at this moment (describe_version).
SELECT describe_version($1::text, $2::bigint, $3::text, $4::text[], $5::text)
