-- GET /runs: all runs, newest first, or those of a status, an experiment, an instance, a project label (list_runs).
WITH p AS (
    SELECT $1::json -> 'query' AS query, ($1::json #>> '{user,scope}') IN ('run', 'admin') AS can_run
), ids AS MATERIALIZED (
    SELECT l.id FROM p, list_runs(p.query, 51) AS l (id)
), shown AS (
    SELECT array_agg(id) AS ids, min(id) AS last FROM (SELECT id FROM ids ORDER BY id DESC LIMIT 50) x
)
SELECT json_build_object(
    'title', 'Runs',
    'runs', json_build_object(
        'rows', view_run_rows(coalesce(s.ids, '{}')), 'none', s.ids IS NULL, 'later', view_cursor(p.query ->> 'before') IS NOT NULL,
        'first', '/runs' || view_address(p.query), 'all', true,
        'others', view_others(p.query, (SELECT count(*) FROM ids) > 50 OR p.query ->> 'before' IS NOT NULL),
        'next', CASE WHEN (SELECT count(*) FROM ids) > 50 THEN '?before=' || s.last || view_filters(p.query) END),
    'filter', json_build_object(
        'active', view_filters(p.query) <> '',
        'instance', (SELECT json_build_object('id', i.id, 'name', i.name) FROM instances i
                     WHERE i.id = view_cursor(p.query ->> 'instance')),
        'statuses', view_choices(ARRAY['pending', 'running', 'completed', 'failed', 'cancelled'], p.query ->> 'status'),
        'experiments', view_experiments(p.query ->> 'experiment'),
        'projects', view_projects(p.query ->> 'project')),
    'can_run', p.can_run,
    'no_runner', view_no_runner())
FROM p, shown s
