-- GET .../results/{key}: every value that a key has had, in order. records_key.
SELECT n, CASE WHEN brief IS NULL
          THEN row_to_json((SELECT o FROM (SELECT n, body::json -> 'at' AS at, body::json -> 'value' AS value) o))
          ELSE row_to_json((SELECT o FROM (SELECT n, brief::json -> 'at' AS at, brief::json -> 'bytes' AS bytes, brief::json -> 'href' AS href) o)) END::text
FROM records
WHERE run_id = ($1::json #>> '{path,id}')::bigint AND kind = 'result' AND key = $1::json #>> '{path,key}'
  AND n > coalesce(($1::json #>> '{query,after}')::bigint, 0)
ORDER BY n
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
