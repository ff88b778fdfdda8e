-- GET .../records: in order, all kinds by records_pkey or one by records_pkey with a filter; large ones as their reference.
SELECT n, coalesce(brief, body) FROM records
WHERE run_id = ($1::json #>> '{path,id}')::bigint
  AND n > coalesce(($1::json #>> '{query,after}')::bigint, 0)
  AND ($1::json #>> '{query,kind}' IS NULL OR kind = $1::json #>> '{query,kind}')
ORDER BY n
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
