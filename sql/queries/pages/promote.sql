-- POST .../runs/{id}/promote: the new version, or the one that the same artifact has made before (promote_run).
SELECT made, shown::text, pipeline, number
FROM promote_run($1::text, $2::bigint, $3::text, $4::text, $5::text[], $6::bigint, $7::text)
