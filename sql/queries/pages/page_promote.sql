-- GET and POST /runs/{id}/promote: the form, with the files that the run has handed over (the newest 200) and the names that there are.
-- runs_pkey, records_key, pipelines_shown, pipeline_versions_run.
WITH p AS (
    SELECT ($1::json #>> '{path,id}')::bigint AS id, $1::json #>> '{query,artifact}' AS artifact
), files AS MATERIALIZED (
    SELECT a.n, a.name, a.size, row_number() OVER (ORDER BY a.n::text = p.artifact DESC, a.media_type LIKE 'image/%', a.n) AS choice
    FROM p, artifacts a WHERE a.run_id = p.id ORDER BY a.n DESC LIMIT 200
), made AS (
    SELECT v.id, v.version, x.name FROM p JOIN pipeline_versions v ON v.run_id = p.id JOIN pipelines x ON x.id = v.pipeline_id
)
SELECT json_build_object(
    'title', 'Promote run #' || r.number, 'heading', 'Promote run #' || r.number,
    'run', json_build_object('id', r.id, 'number', r.number), 'instance', json_build_object('id', i.id, 'name', i.name),
    'impossible', CASE WHEN r.status <> 'completed' THEN 'This run ' || CASE r.status WHEN 'pending' THEN 'has not started' WHEN 'running' THEN 'is still running'
                                                          WHEN 'failed' THEN 'failed' ELSE 'was cancelled' END || '. Only what has completed can be promoted.'
                       WHEN NOT EXISTS (SELECT FROM files) THEN 'This run has handed over no file that could be promoted.' END,
    'made', (SELECT json_agg(json_build_object('label', m.name || ' v' || m.version, 'href', view_version_href(m.name, m.version)) ORDER BY m.id) FROM made m),
    'form', json_build_object('action', '/runs/' || r.id || '/promote', 'back', '/runs/' || r.id,
        'name', coalesce((SELECT m.name FROM made m ORDER BY m.id DESC LIMIT 1), pipeline_name(i.name)), 'description', '', 'tags', '',
        'artifacts', coalesce((SELECT json_agg(json_build_object('n', f.n::text, 'label', f.name || ' (' || fmt_bytes(f.size) || ')', 'selected', f.choice = 1) ORDER BY f.n) FROM files f), '[]'),
        'names', coalesce((SELECT json_agg(x.name) FROM (SELECT n.name FROM list_pipelines(NULL, NULL, 200) l JOIN pipelines n ON n.id = l.id) x), '[]'),
        'error', NULL, 'error_name', NULL, 'error_description', NULL, 'error_tags', NULL, 'error_artifact', NULL),
    'no_runner', false)
FROM p JOIN runs r ON r.id = p.id JOIN instances i ON i.id = r.instance_id
