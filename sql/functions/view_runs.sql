-- What the view queries of pages share: statuses, times and values in the form that templates take. The same facts are
-- made by static/js/ for what arrives live.

-- A text as a value in the query of an address.
CREATE FUNCTION url_encoded(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg(CASE WHEN c ~ '^[-A-Za-z0-9._~]?$' THEN c
                           ELSE regexp_replace(upper(encode(convert_to(c, 'UTF8'), 'hex')), '(..)', '%\1', 'g') END, '' ORDER BY n)
    FROM regexp_split_to_table(p_text, '') WITH ORDINALITY AS x (c, n)
$$;

-- The badge of a run: {"status","label"}; a running one that was asked to end is "cancelling".
CREATE FUNCTION view_badge(p_status text, p_cancel timestamptz) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_status = 'running' AND p_cancel IS NOT NULL
           THEN json_build_object('status', 'cancelling', 'label', 'Cancelling')
           ELSE json_build_object('status', p_status, 'label', initcap(p_status)) END
$$;

-- A moment: {"at" (RFC 3339),"ms","ago","exact"}, or null.
CREATE FUNCTION view_time(p_at timestamptz) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('at', rfc3339(p_at), 'ms', epoch_ms(p_at), 'ago', fmt_ago(p_at),
                             'exact', to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC')
$$;

-- Why a run ended as it did, in plain words; null where there is nothing to say. The runner's own words win; what an
-- experiment reported stands beside ours.
CREATE FUNCTION view_reason(p_reason text, p_error text, p_exit int, p_signal int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_reason IN ('exit', 'signal', 'timeout', 'memory', 'lost', 'start', 'shutdown') AND length(p_error) BETWEEN 1 AND 200 AND p_error !~ '\n'
            THEN upper(left(p_error, 1)) || substr(p_error, 2)
        ELSE CASE p_reason
            WHEN 'exit' THEN 'The program ended with exit code ' || coalesce(p_exit::text, 'unknown')
            WHEN 'signal' THEN 'The program was ended by signal ' || coalesce(p_signal::text, 'unknown')
            WHEN 'timeout' THEN 'The run took longer than its time limit'
            WHEN 'memory' THEN 'The run used more memory than its limit'
            WHEN 'lost' THEN 'The runner of this run was lost'
            WHEN 'start' THEN 'The program could not be started'
            WHEN 'reported' THEN 'The experiment reported a failure'
            WHEN 'shutdown' THEN 'The site was stopped while this ran'
        END
    END
$$;

-- The duration of a run so far: {"text","started_ms","ticks"}; null before its start.
CREATE FUNCTION view_elapsed(p_started timestamptz, p_finished timestamptz) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_started IS NOT NULL THEN json_build_object(
        'text', fmt_duration(epoch_ms(coalesce(p_finished, now())) - epoch_ms(p_started)),
        'started_ms', epoch_ms(p_started), 'ticks', p_finished IS NULL) END
$$;

-- A run as a row of a list.
CREATE FUNCTION view_run_row(r runs, p_instance_name text) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', (r).id, 'number', (r).number, 'badge', view_badge((r).status, (r).cancel_requested_at),
        'active', (r).status IN ('pending', 'running'), 'experiment', (r).experiment,
        'instance', json_build_object('id', (r).instance_id, 'name', p_instance_name),
        'created', view_time((r).created_at), 'started', view_time((r).started_at), 'finished', view_time((r).finished_at),
        'elapsed', view_elapsed((r).started_at, (r).finished_at),
        'reason', view_reason((r).reason, (r).error, (r).exit_code, (r).signal),
        'notice', CASE WHEN (r).status IN ('pending', 'running')
                  THEN run_notice((r).status, (r).started_at, h.heartbeat_at, h.said_at, h.trouble) END,
        'lines', fmt_count(h.lines),
        'results', (SELECT json_agg(json_build_object('key', x.key, 'text', x.text) ORDER BY x.n)
                    FROM (SELECT DISTINCT ON (c.key) c.key, c.n, left(c.body::json ->> 'value', 40) AS text
                          FROM records c
                          WHERE c.run_id = (r).id AND c.kind = 'result' AND c.brief IS NULL AND length(c.body) < 400
                            AND json_typeof(c.body::json -> 'value') NOT IN ('object', 'array')
                          ORDER BY c.key, c.n DESC LIMIT 3) x))
    FROM run_heads h WHERE h.run_id = (r).id
$$;

-- The colour of an event, by the ending of its kind.
CREATE FUNCTION view_event_tone(p_kind text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_kind ~ '(^|\.)started$' THEN 'started'
        WHEN p_kind ~ '(^|\.)(finished|created|fitted)$' THEN 'finished'
        WHEN p_kind ~ '(^|\.)(failed|error)$' THEN 'failed'
        WHEN p_kind ~ '(^|\.)warning$' THEN 'warning'
        ELSE 'plain' END
$$;

-- Whether a runner is up that could take a run.
CREATE FUNCTION view_no_runner() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (SELECT FROM runners WHERE stopped_at IS NULL AND heartbeat_at > now() - interval '15 seconds')
$$;

-- A duration given as a JSON number of milliseconds, in words; null for anything else.
CREATE FUNCTION view_duration(p_ms json) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    ms numeric := view_number(p_ms);
BEGIN
    IF ms IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN fmt_duration(round(least(greatest(ms, 0), 9e18))::bigint);
END
$$;
