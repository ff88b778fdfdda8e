-- The Events tab of a run: 200 events, oldest first, and where the others are.
--
-- p_query: `kind` keeps one kind (the first 300 are offered); `before` or `after` (a record) goes on from there; neither: the newest. A payload over 8 KiB is
-- read when it is opened.
CREATE FUNCTION view_events(p_run bigint, p_query json) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    wanted text := nullif(p_query ->> 'kind', '');
    before bigint := view_cursor(p_query ->> 'before');
    after bigint := CASE WHEN before IS NULL THEN view_cursor(p_query ->> 'after') END;
    link text := '?tab=events' || coalesce('&kind=' || url_encoded(wanted), '');
BEGIN
    RETURN (
        WITH kinds AS (
            SELECT key AS kind, count(*) AS times, min(n) AS first, max(n) AS last
            FROM records WHERE run_id = p_run AND kind = 'event' GROUP BY key
        ), back AS (
            SELECT n, key, body, brief FROM records
            WHERE after IS NULL AND run_id = p_run AND kind = 'event' AND (wanted IS NULL OR key = wanted) AND n < coalesce(before, 9223372036854775807)
            ORDER BY n DESC LIMIT 200
        ), forth AS (
            SELECT n, key, body, brief FROM records
            WHERE after IS NOT NULL AND run_id = p_run AND kind = 'event' AND (wanted IS NULL OR key = wanted) AND n > after
            ORDER BY n LIMIT 200
        ), shown AS (SELECT * FROM back UNION ALL SELECT * FROM forth)
        SELECT json_build_object(
            'none', NOT EXISTS (SELECT FROM kinds), 'no_match', EXISTS (SELECT FROM kinds) AND NOT EXISTS (SELECT FROM shown), 'kind', wanted,
            'kinds', coalesce((SELECT json_agg(json_build_object('kind', kind, 'count', fmt_count(times), 'selected', kind = wanted) ORDER BY kind)
                               FROM (SELECT * FROM kinds ORDER BY kind IS DISTINCT FROM wanted, first LIMIT 300) k), '[]'),
            'earlier', (SELECT json_build_object('before', min(s.n), 'href', link || '&before=' || min(s.n)) FROM shown s
                        HAVING min(s.n) > (SELECT min(first) FROM kinds WHERE wanted IS NULL OR kind = wanted)),
            'later', (SELECT json_build_object('after', max(s.n), 'href', link || '&after=' || max(s.n)) FROM shown s
                      HAVING max(s.n) < (SELECT max(last) FROM kinds WHERE wanted IS NULL OR kind = wanted)),
            'newest', link,
            'rows', coalesce((SELECT json_agg(view_event(p_run, s.n, s.key, s.body, s.brief) ORDER BY s.n) FROM shown s), '[]')));
END
$$;

-- An event as a row of the list.
CREATE FUNCTION view_event(p_run bigint, p_n bigint, p_kind text, p_body text, p_brief text) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    said json := coalesce(p_brief, p_body)::json;
    ms bigint := said ->> 'at';
    payload json := CASE WHEN json_typeof(said -> 'payload') <> 'null' THEN said -> 'payload' END;
    large boolean := p_brief IS NOT NULL OR length(payload::text) > 8192;
BEGIN
    RETURN json_build_object(
        'n', p_n, 'ms', ms, 'time', to_char(to_timestamp(ms / 1000.0) AT TIME ZONE 'UTC', 'HH24:MI:SS.MS'),
        'kind', p_kind, 'tone', view_event_tone(p_kind), 'message', said ->> 'message', 'duration', view_duration(said -> 'duration_ms'),
        'payload', CASE WHEN payload IS NOT NULL AND NOT large THEN json_indent(payload::text) END,
        'large', CASE WHEN large THEN json_build_object('href', '/api/v1/runs/' || p_run || '/records/' || p_n, 'size', fmt_bytes(octet_length(p_body))) END);
END
$$;

-- A record's number in an address; null where it is none.
CREATE FUNCTION view_cursor(p_text text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_text ~ '^[0-9]{1,18}$' THEN p_text::bigint END
$$;
