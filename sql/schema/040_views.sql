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
        'lines', fmt_count(h.lines),
        'results', (SELECT json_agg(json_build_object('key', x.key, 'text', x.text) ORDER BY x.n)
                    FROM (SELECT DISTINCT ON (c.key) c.key, c.n, left(c.body::json ->> 'value', 40) AS text
                          FROM records c
                          WHERE c.run_id = (r).id AND c.kind = 'result' AND c.brief IS NULL AND length(c.body) < 400
                            AND json_typeof(c.body::json -> 'value') NOT IN ('object', 'array')
                          ORDER BY c.key, c.n DESC LIMIT 3) x))
    FROM run_heads h WHERE h.run_id = (r).id
$$;

-- The leaves of a JSON value as rows for a list: [{"path","value"}], in the order written.
CREATE FUNCTION view_leaves(p_value json) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH RECURSIVE t (path, value, place) AS (
        SELECT ''::text, p_value, ARRAY[]::bigint[]
        UNION ALL
        SELECT x.path, x.value, t.place || x.place
        FROM t, LATERAL (
            SELECT CASE t.path WHEN '' THEN key ELSE t.path || '.' || key END, value, ordinality
            FROM json_each(CASE json_typeof(t.value) WHEN 'object' THEN t.value ELSE '{}' END) WITH ORDINALITY
            UNION ALL
            SELECT t.path || '[' || ordinality || ']', value, ordinality
            FROM json_array_elements(CASE json_typeof(t.value) WHEN 'array' THEN t.value ELSE '[]' END) WITH ORDINALITY
        ) AS x (path, value, place)
    )
    SELECT coalesce(json_agg(json_build_object('path', path, 'value', coalesce(left(value #>> '{}', 4096), 'null'))
                             ORDER BY place), '[]')
    FROM t
    WHERE path <> '' AND (json_typeof(value) NOT IN ('object', 'array') OR value::text ~ '^\s*(\{\s*\}|\[\s*\])\s*$')
$$;

-- A JSON text indented by two spaces, its members in order and its numbers as written.
CREATE FUNCTION json_indent(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    WITH tokens AS (
        SELECT m[1] AS token, n
        FROM regexp_matches(p_text, '("(?:[^"\\]|\\.)*"|[][{},:]|[^][{},:"[:space:]]+)', 'g') WITH ORDINALITY AS x (m, n)
    ), nested AS (
        SELECT n, token, lag(token) OVER w AS before, lead(token) OVER w AS after,
               sum(CASE WHEN token IN ('{', '[') THEN 1 WHEN token IN ('}', ']') THEN -1 ELSE 0 END) OVER w AS depth
        FROM tokens WINDOW w AS (ORDER BY n)
    )
    SELECT string_agg(CASE
        WHEN token IN ('{', '[') AND after IN ('}', ']') THEN token
        WHEN token IN ('{', '[', ',') THEN token || E'\n' || repeat('  ', depth::int)
        WHEN token IN ('}', ']') AND before IN ('{', '[') THEN token
        WHEN token IN ('}', ']') THEN E'\n' || repeat('  ', depth::int) || token
        WHEN token = ':' THEN ': '
        ELSE token END, '' ORDER BY n)
    FROM nested
$$;

-- Lines p_from..p_to of a run's log, decoded, as rows for a list.
CREATE FUNCTION view_log_lines(p_run bigint, p_from bigint, p_to bigint) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(json_build_object(
               'n', x.n, 'ms', (x.line ->> 0)::bigint,
               'time', to_char(to_timestamp((x.line ->> 0)::bigint / 1000.0) AT TIME ZONE 'UTC', 'HH24:MI:SS.MS'),
               'level', (ARRAY['debug', 'info', 'warn', 'error'])[(x.line ->> 1)::int + 1],
               'text', x.line ->> 2,
               'source', (ARRAY['stdout', 'stderr', 'message'])[coalesce((x.line ->> 3)::int, 0) + 1],
               'metadata', CASE json_typeof(x.line -> 4) WHEN 'null' THEN NULL ELSE x.line ->> 4 END) ORDER BY x.n), '[]')
    FROM (SELECT c.first_line + e.place - 1 AS n, e.line
          FROM log_chunks c,
               json_array_elements(c.body::json -> 'lines') WITH ORDINALITY AS e (line, place)
          WHERE c.run_id = p_run AND c.first_line <= p_to
            AND c.first_line >= coalesce((SELECT max(b.first_line) FROM log_chunks b
                                          WHERE b.run_id = p_run AND b.first_line <= p_from), 1)) x
    WHERE x.n BETWEEN p_from AND p_to
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

-- The value of a JSON number, or null for anything else. Also null beyond what is worth comparing: JSON knows no bounds, and a
-- number that numeric cannot hold must not take its page away.
CREATE FUNCTION view_number(p_value json) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF json_typeof(p_value) = 'number' AND length(p_value #>> '{}') <= 1000 AND p_value #>> '{}' !~ '[eE][-+]?\d{4}' THEN
        RETURN (p_value #>> '{}')::numeric;
    END IF;
    RETURN NULL;
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

-- A number as a table shows it; all cells of a column alike: whole numbers bare, else four decimals, and where a column holds
-- anything smaller than 1e-4, all in exponents with two.
CREATE FUNCTION view_cell(p_value json, p_style text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_value IS NULL OR json_typeof(p_value) = 'null' THEN ''
        WHEN p_style = 'whole' OR view_number(p_value) IS NULL THEN left(p_value #>> '{}', 1000)
        WHEN p_style = 'fixed' THEN round(view_number(p_value), 4)::text
        ELSE regexp_replace(ltrim(to_char(view_number(p_value), '9.99EEEE')), 'e([+-])0?(\d)', 'e\1\2') END
$$;

-- The tables that a run emitted, p_limit rows of each; p_columns is the manifest's word on which direction is better. [{"name","count","columns":[{"name","numeric","better","sorted"}],
-- "rows":[{"n","cells":[{"text","numeric","best"}]}],"more"}].
-- Columns stand in the order of the first row, later ones behind. A row over 64 KiB shows its cells only when it is fetched by itself.
CREATE FUNCTION view_tables(p_run bigint, p_limit int, p_columns json) RETURNS json LANGUAGE sql STABLE AS $$
    WITH tables AS (
        SELECT key AS name, count(*) AS total, min(n) AS first FROM records WHERE run_id = p_run AND kind = 'row' GROUP BY key
    ), lines AS (
        SELECT t.name, r.n, r.vals, r.place
        FROM tables t, LATERAL (
            SELECT n, body::json -> 'values' AS vals, row_number() OVER (ORDER BY n) AS place
            FROM records WHERE run_id = p_run AND kind = 'row' AND key = t.name AND brief IS NULL
            ORDER BY n LIMIT p_limit) r
    ), cells AS (
        SELECT l.name, l.n, l.place, v.key, v.value, view_number(v.value) AS number, v.ordinality AS at
        FROM lines l, json_each(l.vals) WITH ORDINALITY AS v (key, value)
        WHERE json_typeof(l.vals) = 'object'
    ), columns AS (
        SELECT name, key, min(place * 1000 + at) AS place,
               bool_and(json_typeof(value) IN ('number', 'null')) AND bool_or(json_typeof(value) = 'number') AS is_number,
               CASE WHEN bool_and(json_typeof(value) <> 'number' OR value #>> '{}' ~ '^-?\d+$') THEN 'whole'
                    WHEN bool_or(abs(number) < 0.0001 AND number <> 0) THEN 'tiny'
                    ELSE 'fixed' END AS style,
               CASE p_columns -> key ->> 'better'
                    WHEN 'high' THEN max(number)
                    WHEN 'low' THEN min(number) END AS best
        FROM cells GROUP BY name, key
    )
    SELECT coalesce(json_agg(json_build_object(
        'name', t.name, 'count', fmt_count(t.total), 'more', CASE WHEN t.total > p_limit THEN fmt_count(t.total - p_limit) END,
        'columns', (SELECT json_agg(json_build_object('name', c.key, 'numeric', c.is_number, 'better', p_columns -> c.key ->> 'better', 'sorted', NULL) ORDER BY c.place)
                    FROM columns c WHERE c.name = t.name),
        'rows', (SELECT json_agg(json_build_object('n', l.n, 'cells', (
                     SELECT json_agg(json_build_object(
                         'text', view_cell(l.vals -> c.key, c.style), 'numeric', c.is_number,
                         'best', c.best = view_number(l.vals -> c.key)) ORDER BY c.place)
                     FROM columns c WHERE c.name = t.name)) ORDER BY l.n)
                 FROM lines l WHERE l.name = t.name)) ORDER BY t.first), '[]')
    FROM tables t
$$;
