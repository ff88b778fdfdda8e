-- GET .../tables/{name}: the rows of a table, in order. records_key.
SELECT n, CASE WHEN brief IS NULL
          THEN row_to_json((SELECT o FROM (SELECT n, body::json -> 'at' AS at, body::json -> 'values' AS values) o))
          ELSE row_to_json((SELECT o FROM (SELECT n, brief::json -> 'at' AS at, brief::json -> 'bytes' AS bytes, brief::json -> 'href' AS href) o)) END::text
FROM records
WHERE run_id = ($1::json #>> '{path,id}')::bigint AND kind = 'row' AND key = $1::json #>> '{path,table}'
  AND n > coalesce(($1::json #>> '{query,after}')::bigint, 0)
ORDER BY n
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
