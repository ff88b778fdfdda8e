-- GET .../results: the newest value of each key, by the record that holds it. records_key for the keys, records_pkey for the values.
SELECT k.n, CASE WHEN r.brief IS NULL
            THEN row_to_json((SELECT o FROM (SELECT k.key, r.body::json -> 'value' AS value, k.count, k.n, r.body::json -> 'at' AS at) o))
            ELSE row_to_json((SELECT o FROM (SELECT k.key, k.count, k.n, r.brief::json -> 'at' AS at, r.brief::json -> 'bytes' AS bytes,
                                                    r.brief::json -> 'href' AS href) o)) END::text
FROM (SELECT key, max(n) AS n, count(*) AS count FROM records
      WHERE run_id = ($1::json #>> '{path,id}')::bigint AND kind = 'result' GROUP BY key) k
JOIN records r ON r.run_id = ($1::json #>> '{path,id}')::bigint AND r.n = k.n
WHERE k.n > coalesce(($1::json #>> '{query,after}')::bigint, 0)
ORDER BY k.n
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
