-- GET /pipelines/{name}/versions/{n}: a version, what it was worth, where it came from and the history of its stages. pipelines_name,
-- pipeline_versions_pipeline_id_version_key, pipeline_stages_version.
SELECT json_build_object(
    'title', p.name || ' v' || v.version,
    'version', view_version(v, p.name, ($1::json #>> '{user,scope}') IN ('run', 'admin')),
    'rows', (SELECT coalesce(json_agg(json_build_object('path', m.key || CASE WHEN m.many THEN ' (' || m.source || ')' ELSE '' END,
                                                        'value', coalesce(left(m.value #>> '{}', 4096), 'null')) ORDER BY m.place), '[]')
             FROM (SELECT x.*, count(*) OVER (PARTITION BY x.key) > 1 AS many FROM version_metrics(v) x) m),
    'origin', (SELECT json_agg(json_build_object('path', o.label, 'value', o.value) ORDER BY o.place)
               FROM (VALUES (1, 'Experiment', v.experiment), (2, 'Version', v.origin #>> '{snapshot,version}'), (3, 'Content hash', v.origin #>> '{snapshot,content_hash}'),
                            (4, 'Git commit', v.origin #>> '{snapshot,git_commit}'), (5, 'Finished', to_char((v.origin ->> 'finished_at')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')),
                            (6, 'Host', v.origin ->> 'host')) AS o (place, label, value) WHERE o.value <> ''),
    'history', (SELECT coalesce(json_agg(json_build_object('badge', coalesce(view_stage(s.stage), json_build_object('status', 'none', 'label', 'No stage')),
                                                           'when', view_time(s.at), 'by', s.by, 'because', s.because) ORDER BY s.id DESC), '[]')
                FROM (SELECT * FROM pipeline_stages h WHERE h.version_id = v.id ORDER BY h.id DESC LIMIT 100) s),
    'snapshot', '/api/v1' || view_version_href(p.name, v.version) || '/snapshot', 'updated', view_time(v.updated_at), 'no_runner', false)
FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id
WHERE lower(p.name) = lower($1::json #>> '{path,name}') AND v.version = ($1::json #>> '{path,n}')::bigint
