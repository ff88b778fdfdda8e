-- Lists of a run that turn out empty: is there such a run at all. runs_pkey.
SELECT '{}' FROM runs WHERE id = ($1::json #>> '{path,id}')::bigint
