-- GET /experiments, the dashboard: a page of instances (list_instances) with what instance_facts counts, their last runs (runs_pkey)
-- and the last twenty for the small chart (runs_instance_id_number_key).
WITH p AS (
    SELECT $1::json -> 'query' AS query, ($1::json #>> '{user,scope}') IN ('run', 'admin') AS can_run
), listed AS MATERIALIZED (
    SELECT l.* FROM p, list_instances(p.query, 25) AS l
), cards AS (
    SELECT l.place, json_build_object(
        'id', i.id, 'name', i.name, 'experiment', i.experiment, 'experiment_title', coalesce(e.title, i.experiment),
        'description', left(i.description, 200), 'project', i.project,
        'runs', fmt_count(f.runs), 'one_run', f.runs = 1, 'can_run', p.can_run,
        'last', CASE WHEN r.id IS NOT NULL THEN json_build_object(
            'id', r.id, 'number', r.number, 'badge', view_badge(r.status, r.cancel_requested_at),
            'when', view_time(coalesce(r.started_at, r.created_at))) END,
        'spark', CASE WHEN r.id IS NOT NULL THEN view_spark(i.id) ELSE '[]' END) AS card
    FROM p, listed l JOIN instances i ON i.id = l.id
    JOIN instance_facts f ON f.instance_id = l.id
    LEFT JOIN runs r ON r.id = f.last_run
    LEFT JOIN experiments e ON e.name = i.experiment
    WHERE l.place <= 24
), site AS (
    SELECT NOT EXISTS (SELECT FROM instances) AS empty
)
SELECT json_build_object(
    'title', 'Experiments',
    'cards', coalesce((SELECT json_agg(card ORDER BY place) FROM cards), '[]'),
    'empty', s.empty,
    'none_found', NOT s.empty AND NOT EXISTS (SELECT FROM listed),
    'next', CASE WHEN (SELECT count(*) FROM listed) > 24 THEN
        (SELECT '?before=' || l.id || '&key=' || url_encoded(l.key) FROM listed l WHERE l.place = 24) || view_filters(p.query) END,
    'later', view_cursor(p.query ->> 'before') IS NOT NULL, 'first', '/experiments' || view_address(p.query),
    'filter', json_build_object(
        'q', coalesce(left(p.query ->> 'q', 200), ''), 'active', view_filters(p.query) <> '',
        'experiments', view_experiments(p.query ->> 'experiment'),
        'statuses', view_choices(ARRAY['pending', 'running', 'completed', 'failed', 'cancelled', 'none=Never run'], p.query ->> 'status'),
        'projects', view_projects(p.query ->> 'project'),
        'sorts', view_choices(ARRAY['newest=Newest first', 'last=By last run', 'name=By name', 'runs=By number of runs'], coalesce(p.query ->> 'sort', 'newest'))),
    'can_run', p.can_run,
    'no_runner', view_no_runner())
FROM p, site s
