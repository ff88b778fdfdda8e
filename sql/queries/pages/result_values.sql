-- GET .../results/{key}: every value that a key has had, in order. records_key.
SELECT n, CASE WHEN brief IS NULL THEN json_build_object('n', n, 'at', body::json -> 'at', 'value', body::json -> 'value')
          ELSE json_build_object('n', n, 'at', brief::json -> 'at', 'bytes', brief::json -> 'bytes', 'href', brief::json -> 'href') END::text
FROM records
WHERE run_id = ($1::json #>> '{path,id}')::bigint AND kind = 'result' AND key = $1::json #>> '{path,key}'
  AND n > coalesce(($1::json #>> '{query,after}')::bigint, 0)
ORDER BY n
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
