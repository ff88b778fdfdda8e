-- GET /api/v1/experiments: what is known, and who offers it now. Small tables; offers_experiment.
SELECT row_number() OVER (ORDER BY name), api_experiment(name)::text
FROM experiments
ORDER BY name
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
OFFSET coalesce(($1::json #>> '{query,after}')::bigint, 0)
