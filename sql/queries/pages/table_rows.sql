-- GET .../tables/{name}: the rows of a table, in order. records_key.
SELECT n, CASE WHEN brief IS NULL THEN json_build_object('n', n, 'at', body::json -> 'at', 'values', body::json -> 'values')
          ELSE json_build_object('n', n, 'at', brief::json -> 'at', 'bytes', brief::json -> 'bytes', 'href', brief::json -> 'href') END::text
FROM records
WHERE run_id = ($1::json #>> '{path,id}')::bigint AND kind = 'row' AND key = $1::json #>> '{path,table}'
  AND n > coalesce(($1::json #>> '{query,after}')::bigint, 0)
ORDER BY n
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
