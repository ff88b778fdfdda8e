-- GET .../results.json and .csv: the newest value of each key, whole, row by row. records_key for the keys, records_pkey for the values.
SELECT k.key, (r.body::json -> 'value')::text, k.count, k.n, r.body::json ->> 'at', rfc3339(to_timestamp((r.body::json ->> 'at')::bigint / 1000.0))
FROM (SELECT key, max(n) AS n, count(*) AS count FROM records WHERE run_id = $1::bigint AND kind = 'result' GROUP BY key) k
JOIN records r ON r.run_id = $1::bigint AND r.n = k.n
ORDER BY k.n
