-- GET /experiments/{id}: an instance; its runs, newest first (runs_instance_id_number_key), or its configuration.
WITH p AS (
    SELECT ($1::json #>> '{path,id}')::bigint AS id,
           CASE $1::json #>> '{query,tab}' WHEN 'configuration' THEN 'configuration' ELSE 'runs' END AS tab,
           CASE WHEN $1::json #>> '{query,before}' ~ '^[0-9]{1,18}$' THEN ($1::json #>> '{query,before}')::bigint END AS before,
           ($1::json #>> '{user,scope}') IN ('run', 'admin') AS can_run
), page AS (
    SELECT r FROM p, runs r
    WHERE r.instance_id = p.id AND p.tab = 'runs' AND (p.before IS NULL OR r.number < p.before)
    ORDER BY r.number DESC LIMIT 51
), shown AS (
    SELECT r FROM page ORDER BY (r).number DESC LIMIT 50
)
SELECT json_build_object(
    'title', i.name,
    'instance', json_build_object(
        'id', i.id, 'name', i.name, 'description', i.description, 'project', i.project, 'experiment', i.experiment,
        'experiment_title', coalesce(e.title, i.experiment), 'created', view_time(i.created_at), 'updated', view_time(i.updated_at),
        'changed', i.updated_at > i.created_at + interval '1 second', 'runs', fmt_count(n.runs)),
    'tabs', json_build_array(
        json_build_object('name', 'runs', 'label', 'Runs', 'count', fmt_count(n.runs), 'has_count', true, 'selected', p.tab = 'runs'),
        json_build_object('name', 'configuration', 'label', 'Configuration', 'has_count', false, 'selected', p.tab = 'configuration')),
    'runs', CASE WHEN p.tab = 'runs' THEN json_build_object(
        'rows', coalesce((SELECT json_agg(view_run_row(r, i.name) ORDER BY (r).number DESC) FROM shown), '[]'),
        'none', n.runs = 0, 'later', p.before IS NOT NULL,
        'next', CASE WHEN (SELECT count(*) FROM page) > 50 THEN (SELECT min((r).number) FROM shown) END) END,
    'configuration', CASE WHEN p.tab = 'configuration' THEN json_build_object('rows', view_leaves(i.configuration)) END,
    'can_run', p.can_run,
    'no_runner', view_no_runner())
FROM p JOIN instances i ON i.id = p.id
LEFT JOIN experiments e ON e.name = i.experiment
CROSS JOIN LATERAL (SELECT count(*) AS runs FROM runs r WHERE r.instance_id = i.id) n
