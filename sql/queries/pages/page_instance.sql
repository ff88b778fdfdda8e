-- GET /experiments/{id}: an instance (instances_pkey, instance_facts_pkey) and what its tab shows: its runs, newest first
-- (runs_instance_id_number_key), their comparison, or its configuration.
WITH p AS (
    SELECT ($1::json #>> '{path,id}')::bigint AS id, $1::json -> 'query' AS query,
           CASE WHEN $1::json #>> '{query,tab}' IN ('compare', 'configuration') THEN $1::json #>> '{query,tab}' ELSE 'runs' END AS tab,
           coalesce(view_cursor($1::json #>> '{query,before}'), 9223372036854775807) AS before,
           ($1::json #>> '{user,scope}') IN ('run', 'admin') AS can_run
), page AS MATERIALIZED (
    SELECT r.id, r.number FROM p, runs r
    WHERE r.instance_id = p.id AND p.tab = 'runs' AND r.number < p.before
    ORDER BY r.number DESC LIMIT 51
), shown AS (
    SELECT array_agg(id) AS ids, min(number) AS last FROM (SELECT * FROM page ORDER BY number DESC LIMIT 50) x
)
SELECT json_build_object(
    'title', i.name,
    'instance', json_build_object(
        'id', i.id, 'name', i.name, 'description', i.description, 'project', i.project, 'experiment', i.experiment,
        'experiment_title', coalesce(e.title, i.experiment), 'created', view_time(i.created_at), 'updated', view_time(i.updated_at),
        'changed', i.updated_at > i.created_at + interval '1 second', 'runs', fmt_count(f.runs),
        'configuration', CASE WHEN p.tab = 'configuration' THEN i.configuration END),
    'chosen', CASE WHEN p.tab = 'configuration' AND e.name IS NOT NULL AND e.error IS NULL THEN json_build_object('name', e.name, 'title', e.title, 'manifest', e.manifest) END,
    'data', CASE WHEN p.tab = 'configuration' THEN view_data_choices(e.manifest, i.configuration) END,
    'tabs', json_build_array(
        json_build_object('name', 'runs', 'label', 'Runs', 'count', fmt_count(f.runs), 'has_count', true, 'selected', p.tab = 'runs'),
        json_build_object('name', 'compare', 'label', 'Compare', 'has_count', false, 'selected', p.tab = 'compare'),
        json_build_object('name', 'configuration', 'label', 'Configuration', 'has_count', false, 'selected', p.tab = 'configuration')),
    'runs', CASE WHEN p.tab = 'runs' THEN json_build_object(
        'rows', view_run_rows(coalesce(s.ids, '{}')), 'none', s.ids IS NULL, 'later', p.before < 9223372036854775807, 'first', '/experiments/' || i.id,
        'all', false, 'others', view_others(json_build_object('instance', i.id), (SELECT count(*) FROM page) > 50 OR p.before < 9223372036854775807),
        'next', CASE WHEN (SELECT count(*) FROM page) > 50 THEN '?before=' || s.last END) END,
    'compare', CASE WHEN p.tab = 'compare' THEN view_compare(i.id, p.query, e.manifest) END,
    'configuration', CASE WHEN p.tab = 'configuration' THEN view_first_leaves(i.configuration) END,
    'can_run', p.can_run,
    'no_runner', view_no_runner())
FROM p CROSS JOIN shown s JOIN instances i ON i.id = p.id
JOIN instance_facts f ON f.instance_id = i.id
LEFT JOIN experiments e ON e.name = i.experiment
