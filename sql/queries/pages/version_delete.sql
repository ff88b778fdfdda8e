-- DELETE .../versions/{n} and the form (delete_version).
SELECT delete_version($1::text, $2::bigint)
