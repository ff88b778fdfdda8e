-- An experiment as the API shows it: who offers it now, and why it cannot be used if it cannot.
CREATE FUNCTION api_experiment(p_name text) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'name', e.name, 'title', e.title, 'description', e.description, 'version', e.version,
        'available', e.error IS NULL AND o.runners IS NOT NULL,
        'reason', experiment_reason(e.error, o.runners IS NOT NULL),
        'runners', coalesce(o.runners, '[]'::json),
        'configuration', coalesce(e.manifest -> 'configuration', '[]'::json),
        'columns', coalesce(e.manifest -> 'columns', '{}'::json),
        'updated_at', rfc3339(e.updated_at))
    FROM experiments e
    LEFT JOIN LATERAL (
        SELECT json_agg(json_build_object('id', r.id, 'host', r.host, 'content_hash', f.content_hash) ORDER BY r.id) AS runners
        FROM offers f JOIN runners r ON r.id = f.runner_id
        WHERE f.experiment = e.name AND f.error IS NULL AND r.stopped_at IS NULL
          AND r.heartbeat_at > now() - interval '15 seconds') o ON true
    WHERE e.name = p_name
$$;
