-- GET .../table.csv: the columns of a table, in the order of the first row, later ones behind. records_key.
SELECT v.key FROM records r, json_object_keys(r.body::json -> 'values') WITH ORDINALITY AS v (key, at)
WHERE r.run_id = $1::bigint AND r.kind = 'row' AND r.key = $2::text
GROUP BY v.key ORDER BY min(r.n), min(v.at)
LIMIT $3::bigint
