-- What people should know of a run that has not ended, in words: {"text","lasting","since_ms"}, null where all is well. It has
-- been so for `lasting`, since `since_ms`, where that is known. A supervisor renews its heartbeat every 3 s.
CREATE FUNCTION run_notice(p_status text, p_started timestamptz, p_heartbeat timestamptz, p_said timestamptz, p_trouble text)
RETURNS json LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    since timestamptz := coalesce(p_said, p_started);
BEGIN
    IF p_status = 'running' AND p_heartbeat < now() - interval '10 seconds' THEN
        RETURN run_notice_since('no heartbeat for', p_heartbeat);
    ELSIF p_status IN ('pending', 'running') AND p_trouble IS NOT NULL THEN
        RETURN json_build_object('text', p_trouble, 'lasting', NULL, 'since_ms', NULL);
    ELSIF p_status = 'running' AND since < now() - interval '10 minutes' THEN
        RETURN run_notice_since('silent for', since);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION run_notice_since(p_text text, p_since timestamptz) RETURNS json LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN json_build_object('text', p_text, 'lasting', regexp_replace(fmt_ago(p_since), ' ago$', ''), 'since_ms', epoch_ms(p_since));
END
$$;
