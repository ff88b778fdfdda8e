-- Whether the name of a list's address is known. pipelines_name.
SELECT 1::text FROM pipelines WHERE lower(name) = lower($1::json #>> '{path,name}') AND versions > 0
