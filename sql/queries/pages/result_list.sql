-- GET .../results: the newest value of each key, by the record that holds it. records_key for the keys, records_pkey for the values.
SELECT k.n, CASE WHEN r.brief IS NULL THEN json_build_object(
                'key', k.key, 'value', r.body::json -> 'value', 'count', k.count, 'n', k.n, 'at', r.body::json -> 'at')
            ELSE json_build_object('key', k.key, 'count', k.count, 'n', k.n, 'at', r.brief::json -> 'at',
                                   'bytes', r.brief::json -> 'bytes', 'href', r.brief::json -> 'href') END::text
FROM (SELECT key, max(n) AS n, count(*) AS count FROM records
      WHERE run_id = ($1::json #>> '{path,id}')::bigint AND kind = 'result' GROUP BY key) k
JOIN records r ON r.run_id = ($1::json #>> '{path,id}')::bigint AND r.n = k.n
WHERE k.n > coalesce(($1::json #>> '{query,after}')::bigint, 0)
ORDER BY k.n
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
