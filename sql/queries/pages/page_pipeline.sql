-- GET /pipelines/{name}: its versions, newest first (view_pipeline). pipelines_name.
WITH p AS (
    SELECT view_cursor($1::json #>> '{query,before}') AS before, ($1::json #>> '{user,scope}') IN ('run', 'admin') AS can_run,
           CASE WHEN $1::json #>> '{query,stage}' IN ('staging', 'production', 'archived') THEN $1::json #>> '{query,stage}' END AS stage
), shown AS MATERIALIZED (
    SELECT p.*, x.name, view_pipeline(x, p.stage, p.before, 50, p.can_run) AS view
    FROM p, pipelines x WHERE lower(x.name) = lower($1::json #>> '{path,name}') AND x.versions > 0
)
SELECT json_build_object(
    'title', s.name, 'pipelines', json_build_array(s.view), 'page', s.view, 'stages', view_stages(s.stage), 'filtered', s.stage IS NOT NULL,
    'none', json_array_length(s.view -> 'versions') = 0, 'later', s.before IS NOT NULL,
    'first', '/pipelines/' || s.name || coalesce('?stage=' || s.stage, ''),
    'next', CASE WHEN (s.view ->> 'more')::boolean THEN '/pipelines/' || s.name || '?before=' || (s.view ->> 'last') || coalesce('&stage=' || s.stage, '') END,
    'can_run', s.can_run, 'no_runner', false)
FROM shown s
