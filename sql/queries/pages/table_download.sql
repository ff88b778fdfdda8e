-- GET .../table.csv: the rows of a table, whole, row by row. records_key.
SELECT (body::json -> 'values')::text FROM records WHERE run_id = $1::bigint AND kind = 'row' AND key = $2::text ORDER BY n
