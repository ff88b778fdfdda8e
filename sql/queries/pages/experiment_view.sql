-- GET /api/v1/experiments/{name}. experiments_pkey.
SELECT api_experiment($1::json #>> '{path,name}')::text
