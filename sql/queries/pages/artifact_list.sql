-- GET .../artifacts: the files that a run has handed over, in order. records_pkey with a filter.
SELECT n, row_to_json((SELECT o FROM (SELECT n, body::json -> 'at' AS at, body::json -> 'name' AS name, body::json -> 'sha256' AS sha256,
                                             body::json -> 'size' AS size, body::json -> 'media_type' AS media_type) o))::text
FROM records
WHERE run_id = ($1::json #>> '{path,id}')::bigint AND kind = 'artifact'
  AND n > coalesce(($1::json #>> '{query,after}')::bigint, 0)
ORDER BY n
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
