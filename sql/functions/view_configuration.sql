-- The Configuration tab of a run: what was run, in lists of a name and a value. Of the configuration the first thousand values are
-- shown, and the first 500 facts; the download has more.
CREATE FUNCTION view_configuration(p_run bigint, p_can_run boolean) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    r runs;
    e experiments;
    leaves json;
BEGIN
    SELECT * INTO r FROM runs WHERE id = p_run;
    SELECT * INTO e FROM experiments WHERE name = r.experiment;
    leaves := view_first_leaves(run_configuration(r));
    RETURN json_build_object(
        'rows', leaves -> 'rows',
        'no_rows', json_array_length(leaves -> 'rows') = 0,
        'more', leaves -> 'more',
        'snapshot', view_leaves((SELECT json_object_agg(s.key, s.value) FROM json_each(r.snapshot) s WHERE s.key NOT IN ('claim', 'configuration') AND json_typeof(s.value) <> 'null')),
        'facts', (SELECT json_agg(json_build_object('path', f.key, 'value', coalesce(left(f.value #>> '{}', 4096), 'null')) ORDER BY f.place) FROM run_facts(r.id) f WHERE f.place <= 500),
        'more_facts', (SELECT fmt_count(count(*)) FROM run_facts(r.id) f WHERE f.place > 500 HAVING count(*) > 0),
        'times', (SELECT json_agg(json_build_object('path', t.label, 'value', t.value) ORDER BY t.place)
                  FROM (VALUES (1, 'Status', initcap(r.status)), (2, 'Created', (view_time(r.created_at)) ->> 'exact'), (3, 'Started', (view_time(r.started_at)) ->> 'exact'),
                               (4, 'Finished', (view_time(r.finished_at)) ->> 'exact'),
                               (5, 'Duration', view_elapsed(r.started_at, r.finished_at) ->> 'text'),
                               (6, 'Host', r.host), (7, 'Runner', r.runner_id::text), (8, 'Priority', nullif(r.priority, 0)::text),
                               (9, 'Exit code', r.exit_code::text), (10, 'Signal', r.signal::text),
                               (11, 'Log size', (SELECT fmt_bytes(h.bytes) FROM run_heads h WHERE h.run_id = r.id))) AS t (place, label, value)
                  WHERE t.value IS NOT NULL),
        'again', CASE WHEN p_can_run THEN json_build_object(
            'action', '/runs/' || r.id || '/again',
            'changed', e.content_hash <> r.snapshot ->> 'content_hash', 'version', CASE WHEN e.version <> r.snapshot ->> 'version' THEN e.version END,
            'replaced', (SELECT json_agg(s.name ORDER BY s.name) FROM data_uses u JOIN data_sources s ON s.id = u.source_id
                         WHERE u.run_id = r.id AND s.replaced_at IS NOT NULL),
            'gone', e.name IS NULL) END);
END
$$;
