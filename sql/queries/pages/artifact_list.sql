-- GET .../artifacts: the files that a run has handed over, in order. records_key for the kind, sorted by number.
SELECT n, row_to_json((SELECT o FROM (SELECT n, at_ms AS at, name, sha256, size, media_type,
                                             '/api/v1/runs/' || run_id || '/artifacts/' || n AS href) o))::text
FROM artifacts
WHERE run_id = ($1::json #>> '{path,id}')::bigint
  AND n > coalesce(($1::json #>> '{query,after}')::bigint, 0)
ORDER BY n
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
