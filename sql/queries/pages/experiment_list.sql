-- GET /api/v1/experiments: what is known, by name, behind that of the id `after`, and who offers it now. experiments_pkey,
-- experiments_id_key, offers_experiment.
SELECT e.id, api_experiment(e.name)::text
FROM experiments e
WHERE e.name > CASE WHEN coalesce(($1::json #>> '{query,after}')::bigint, 0) = 0 THEN ''
                    ELSE (SELECT a.name FROM experiments a WHERE a.id = ($1::json #>> '{query,after}')::bigint) END
ORDER BY e.name
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
