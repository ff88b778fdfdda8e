-- A log line's text as a person reads it: without escape sequences. static/js/run/ansi.js
-- and fcgi/pages/ansi.c take out the same; tests/shared/ansi.json holds the cases.
CREATE FUNCTION visible_text(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(p_text, E'\x1b(\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b]*(\x07|\x1b\\\\)|[ -/]*[0-OQ-WYZ\\\\`-~])', '', 'g')
$$;

-- Not STRICT: so the planner puts it into the query.
CREATE FUNCTION view_log_text(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_text ~ E'[\x01-\x08\x0b-\x1f\u007f-\u009f]'
           THEN regexp_replace(visible_text(p_text), E'[\x01-\x08\x0b-\x1f\u007f-\u009f]', E'\uFFFD', 'g')
           ELSE p_text END
$$;

-- Lines p_from..p_to of a run's log, decoded, as rows for a list. `raw` is the element as stored, where the row alone would not tell all
-- of it; what is too long to be drawn whole has `short` words instead. A chunk is cut at the comma and the tab between its elements
-- (lib/chunk.h), so that only what is shown is decoded. OFFSET 0 keeps each line from being decoded, and its text from being cleaned,
-- once for every time that its members are named. The rows are put together as text: json_build_object takes longer for 500 lines
-- than all the rest of a run's page.
CREATE FUNCTION view_log_lines(p_run bigint, p_from bigint, p_to bigint) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT '[' || coalesce(string_agg(
               '{"n":' || y.n || ',"ms":' || y.ms || ',"time":"' || y.time || '","level":"' || (ARRAY['debug', 'info', 'warn', 'error'])[y.level + 1]
               || '","source":"' || (ARRAY['stdout', 'stderr', 'message'])[y.source + 1] || '","continued":' || y.continued::text
               || ',"text":' || to_json(CASE WHEN y.long THEN left(y.text, 4000) ELSE y.text END)::text
               || ',"metadata":' || coalesce(to_json(left(y.metadata, 4000))::text, 'null')
               || ',"short":' || CASE WHEN y.long THEN '"… ' || fmt_count(length(y.text) - 4000) || ' more characters"'
                                      WHEN y.large THEN '"…"' ELSE 'null' END
               || ',"raw":' || CASE WHEN NOT y.large AND NOT y.long AND (y.metadata IS NOT NULL OR y.flags IS NOT NULL OR y.text <> y.said OR y.text ~ E'[\r\n]')
                                    THEN to_json(y.line)::text ELSE 'null' END
               || '}', ',' ORDER BY y.n), '') || ']'
    FROM (
        SELECT x.*, to_char(to_timestamp(x.ms / 1000.0) AT TIME ZONE 'UTC', 'HH24:MI:SS.MS') AS time, t.text,
               length(t.text) > 4000 AS long, length(x.line) >= 20000 AS large, coalesce(x.flags = '1', false) AS continued
        FROM (
            SELECT e.n, e.line, (e.parts ->> 0)::bigint AS ms, (e.parts ->> 1)::int AS level, e.parts ->> 2 AS said,
                   coalesce((e.parts ->> 3)::int, 0) AS source, e.parts ->> 5 AS flags,
                   CASE WHEN jsonb_array_length(e.parts) > 4 THEN nullif((e.line::json -> 4)::text, 'null') END AS metadata
            FROM (SELECT greatest(c.first_line, p_from) + a.place - 1 AS n, a.line, a.line::jsonb AS parts
                  FROM (SELECT first_line, body, strpos(body, '[') AS at FROM log_chunks
                        WHERE run_id = p_run AND first_line <= p_to
                          AND first_line >= coalesce((SELECT max(b.first_line) FROM log_chunks b
                                                      WHERE b.run_id = p_run AND b.first_line <= p_from), 1)
                        OFFSET 0) c,
                       unnest((string_to_array(substr(c.body, c.at + 1, length(c.body) - c.at - 2), E',\t'))
                              [greatest(p_from - c.first_line, 0) + 1:p_to - c.first_line + 1]) WITH ORDINALITY AS a (line, place)
                  OFFSET 0) e
            OFFSET 0) x, LATERAL (SELECT view_log_text(x.said) AS text OFFSET 0) t
        OFFSET 0) y);
END
$$;
