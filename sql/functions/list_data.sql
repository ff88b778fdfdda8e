-- Which data sources a list shows, and who uses one.

-- Newest first, before an id. Planned with the filters that are given.
CREATE FUNCTION list_data_sources(p_project text, p_state text, p_before bigint, p_limit int) RETURNS TABLE (id bigint) ROWS 20
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    parts text[] := ARRAY['s.id < $2'];
BEGIN
    IF p_project IS NOT NULL THEN
        parts := parts || 's.project = $1'::text;
    END IF;
    IF p_state IS DISTINCT FROM 'all' THEN
        parts := parts || CASE p_state WHEN 'replaced' THEN 's.replaced_at IS NOT NULL' ELSE 's.replaced_at IS NULL' END;
    END IF;
    RETURN QUERY EXECUTE format('SELECT s.id FROM data_sources s WHERE %s ORDER BY s.id DESC LIMIT %s', array_to_string(parts, ' AND '), p_limit)
    USING p_project, coalesce(p_before, 9223372036854775807);
END
$$;

-- Instances, then runs, newest first each, behind a place in that order: an instance's place is 2^52 less its id, and a run's 2^53 less its
-- own, so that every place is a whole number that JavaScript reads exactly. data_uses_instances_of, data_uses_runs_of.
CREATE FUNCTION list_data_uses(p_source bigint, p_after bigint, p_limit int) RETURNS TABLE (place bigint, item json) ROWS 100
LANGUAGE sql STABLE AS $$
    (SELECT (1::bigint << 52) - i.id, json_build_object('kind', 'instance', 'id', i.id, 'name', i.name)
     FROM data_uses u JOIN instances i ON i.id = u.instance_id
     WHERE u.source_id = p_source AND u.instance_id < (1::bigint << 52) - p_after
     ORDER BY u.instance_id DESC LIMIT p_limit)
    UNION ALL
    (SELECT (1::bigint << 53) - r.id, json_build_object('kind', 'run', 'id', r.id, 'number', r.number, 'instance_id', r.instance_id, 'name', i.name)
     FROM data_uses u JOIN runs r ON r.id = u.run_id JOIN instances i ON i.id = r.instance_id
     WHERE u.source_id = p_source AND u.run_id < (1::bigint << 53) - p_after
     ORDER BY u.run_id DESC LIMIT p_limit)
    ORDER BY 1 LIMIT p_limit
$$;
