-- GET .../tables: the tables of a run with the numbers of their rows, by their first rows. records_key.
SELECT t.first, row_to_json((SELECT o FROM (SELECT t.name, t.rows, t.first AS n) o))::text
FROM (SELECT key AS name, count(*) AS rows, min(n) AS first FROM records
      WHERE run_id = ($1::json #>> '{path,id}')::bigint AND kind = 'row' GROUP BY key) t
WHERE t.first > coalesce(($1::json #>> '{query,after}')::bigint, 0)
ORDER BY t.first
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
