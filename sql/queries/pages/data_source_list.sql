-- GET /api/v1/data-sources, newest first: all, of a project, of a state (current ones when it is left out). data_sources_pkey,
-- data_sources_current, data_sources_project.
SELECT a.id, row_to_json(a)::text
FROM api_data_sources a
JOIN list_data_sources($1::json #>> '{query,project}', coalesce($1::json #>> '{query,state}', 'current'),
                       ($1::json #>> '{query,before}')::bigint, ($1::json #>> '{query,limit}')::int + 1) l ON l.id = a.id
ORDER BY a.id DESC
