-- GET /data/{id}: one, with its columns (a thousand of them), a sample and who uses it. data_sources_pkey, data_uses_runs_of, data_uses_instances_of.
SELECT json_build_object(
    'title', d.name,
    'source', view_data_source(d),
    'notes', d.notes,
    'columns', (SELECT coalesce(json_agg(json_build_object('n', x.n, 'name', x.c ->> 'name', 'type', x.c ->> 'type',
                                                           'missing', nullif(fmt_count((x.c ->> 'missing')::bigint), '0')) ORDER BY x.n), '[]')
                FROM json_array_elements(d.columns) WITH ORDINALITY AS x (c, n) WHERE x.n <= 1000),
    'more_columns', CASE WHEN json_array_length(d.columns) > 1000 THEN fmt_count(json_array_length(d.columns) - 1000) END,
    'heads', (SELECT coalesce(json_agg(x.c ->> 'name' ORDER BY x.n), '[]') FROM json_array_elements(d.columns) WITH ORDINALITY AS x (c, n) WHERE x.n <= 100),
    'sample', (SELECT coalesce(json_agg(json_build_object('cells', x.r) ORDER BY x.n), '[]') FROM json_array_elements(d.sample) WITH ORDINALITY AS x (r, n)),
    'sampled', json_array_length(d.sample) > 0,
    'uses', (SELECT coalesce(json_agg(json_build_object(
                'href', CASE u.item ->> 'kind' WHEN 'run' THEN '/runs/' ELSE '/experiments/' END || (u.item ->> 'id'),
                'words', CASE u.item ->> 'kind' WHEN 'run' THEN (u.item ->> 'name') || ' #' || (u.item ->> 'number') ELSE u.item ->> 'name' END) ORDER BY u.place), '[]')
             FROM list_data_uses(d.id, 0, 20) u),
    'more_uses', CASE WHEN d.instances + d.runs > 20 THEN fmt_count(d.instances + d.runs - 20) END,
    'replaced', CASE WHEN d.replaced_at IS NOT NULL THEN json_build_object(
        'when', view_time(d.replaced_at),
        'by', (SELECT c.id FROM data_sources c WHERE c.project = d.project AND c.name = d.name AND c.replaced_at IS NULL)) END,
    'edit', json_build_object('name', d.name, 'project', d.project, 'error', NULL),
    'projects', project_labels(),
    'can_run', ($1::json #>> '{user,scope}') IN ('run', 'admin'),
    'no_runner', false)
FROM data_sources d WHERE d.id = ($1::json #>> '{path,id}')::bigint
