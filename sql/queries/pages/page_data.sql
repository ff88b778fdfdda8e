-- GET /data: what was uploaded, newest first, 50 at a time; of a project, or all (list_data_sources). Project labels by project_labels.
WITH p AS (
    SELECT $1::json -> 'query' AS query, nullif($1::json #>> '{query,project}', '') AS project,
           ($1::json #>> '{user,scope}') IN ('run', 'admin') AS can_run
), ids AS MATERIALIZED (
    SELECT l.id FROM p, list_data_sources(p.project, 'current', view_cursor(p.query ->> 'before'), 51) l
), shown AS (
    SELECT array_agg(id) AS ids, min(id) AS last FROM (SELECT id FROM ids ORDER BY id DESC LIMIT 50) x
)
SELECT json_build_object(
    'title', 'Data',
    'data', json_build_object(
        'rows', (SELECT coalesce(json_agg(view_data_source(d) ORDER BY d.id DESC), '[]') FROM data_sources d WHERE d.id = ANY (s.ids)),
        'none', s.ids IS NULL, 'filtered', p.project IS NOT NULL, 'later', view_cursor(p.query ->> 'before') IS NOT NULL, 'can_run', p.can_run,
        'first', '/data' || view_address(p.query),
        'next', CASE WHEN (SELECT count(*) FROM ids) > 50 THEN '?before=' || s.last || view_filters(p.query) END,
        'total', (SELECT fmt_bytes(t.bytes) FROM data_total t)),
    'project', p.project,
    'projects', project_labels(),
    'can_run', p.can_run,
    'no_runner', false)
FROM p, shown s
