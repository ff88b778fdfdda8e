-- What the view queries of pages share: statuses, times and values in the form that templates take. The same facts are
-- made by static/js/ for what arrives live.

-- A text as a value in the query of an address.
CREATE FUNCTION url_encoded(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg(CASE WHEN c ~ '^[-A-Za-z0-9._~]?$' THEN c
                           ELSE regexp_replace(upper(encode(convert_to(c, 'UTF8'), 'hex')), '(..)', '%\1', 'g') END, '' ORDER BY n)
    FROM regexp_split_to_table(p_text, '') WITH ORDINALITY AS x (c, n)
$$;

-- The badge of a run: {"status","label"}; a running one that was asked to end is "cancelling".
CREATE FUNCTION view_badge(p_status text, p_cancel timestamptz) RETURNS json LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE WHEN p_status = 'running' AND p_cancel IS NOT NULL THEN '{"status":"cancelling","label":"Cancelling"}'
           ELSE '{"status":"' || p_status || '","label":"' || initcap(p_status) || '"}' END;
END
$$;

-- A moment: {"at" (RFC 3339),"ms","ago","exact"}, or null.
CREATE FUNCTION view_time(p_at timestamptz) RETURNS json LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
DECLARE
    ms  bigint := floor(extract(epoch FROM p_at) * 1000);
    utc text := to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS');
BEGIN
    RETURN '{"at":"' || overlay(utc PLACING 'T' FROM length(utc) - 12) || 'Z","ms":' || ms || ',"ago":"' || fmt_ago(p_at)
        || '","exact":"' || left(utc, -4) || ' UTC"}';
END
$$;

-- Why a run ended as it did, in plain words; null where there is nothing to say. The runner's own words win; what an
-- experiment reported stands beside ours.
CREATE FUNCTION view_reason(p_reason text, p_error text, p_exit int, p_signal int) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE
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
    END;
END
$$;

-- The duration of a run so far: {"text","started_ms","ticks"}; null before its start.
CREATE FUNCTION view_elapsed(p_started timestamptz, p_finished timestamptz) RETURNS json LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE WHEN p_started IS NOT NULL THEN json_build_object(
        'text', fmt_duration(epoch_ms(coalesce(p_finished, now())) - epoch_ms(p_started)),
        'started_ms', epoch_ms(p_started), 'ticks', p_finished IS NULL) END;
END
$$;

-- A scalar as a chip or a cell shows it that stands by itself: numbers as fmt_number says, others cut short.
CREATE FUNCTION view_scalar(p_value json) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE json_typeof(p_value) WHEN 'number' THEN fmt_number(double_from_json(p_value)) WHEN 'null' THEN 'null'
           ELSE left(p_value #>> '{}', 40) END;
END
$$;

-- Runs as rows of a list, the newest first. By the primary keys of runs, run_heads, instances and run_outcomes.
CREATE FUNCTION view_run_rows(p_runs bigint[]) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(json_build_object(
            'id', r.id, 'number', r.number, 'badge', view_badge(r.status, r.cancel_requested_at),
            'active', r.finished_at IS NULL, 'experiment', r.experiment, 'project', r.project,
            'instance', json_build_object('id', r.instance_id, 'name', i.name),
            'started', view_time(r.started_at), 'finished', view_time(r.finished_at),
            'elapsed', view_elapsed(r.started_at, r.finished_at),
            'reason', view_reason(r.reason, r.error, r.exit_code, r.signal),
            'notice', CASE WHEN r.finished_at IS NULL
                      THEN run_notice(r.status, r.started_at, h.heartbeat_at, h.said_at, h.trouble) END,
            'lines', fmt_count(h.lines),
            'results', (SELECT json_agg(json_build_object('key', x.key, 'text', view_scalar(x.value)))
                        FROM (SELECT * FROM json_each(coalesce(o.results, (SELECT n.results FROM run_outcome(r.id) n))) LIMIT 3) x)
        ) ORDER BY r.id DESC), '[]')
        FROM runs r JOIN run_heads h ON h.run_id = r.id JOIN instances i ON i.id = r.instance_id
        LEFT JOIN run_outcomes o ON o.run_id = r.id
        WHERE r.id = ANY (p_runs));
END
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
CREATE FUNCTION view_no_runner() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN NOT EXISTS (SELECT FROM runners WHERE stopped_at IS NULL AND heartbeat_at > now() - interval '15 seconds');
END
$$;

-- What a pending run of an experiment waits for.
CREATE FUNCTION view_waiting(p_experiment text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN view_no_runner() THEN 'waiting for a runner'
                WHEN EXISTS (SELECT FROM offers o JOIN runners r ON r.id = o.runner_id
                             WHERE o.experiment = p_experiment AND o.error IS NULL AND r.stopped_at IS NULL AND r.heartbeat_at > now() - interval '15 seconds')
                THEN 'waiting for its turn'
                ELSE 'waiting: no runner offers this experiment now' END;
END
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
