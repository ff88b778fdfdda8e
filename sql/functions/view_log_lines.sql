-- A log line's text as a person reads it: without escape sequences. static/js/run/ansi.js
-- and fcgi/pages/ansi.c take out the same; tests/shared/ansi.json holds the cases.
CREATE FUNCTION visible_text(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(p_text, E'\x1b(\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b]*(\x07|\x1b\\\\)|[ -/]*[0-OQ-WYZ\\\\`-~])', '', 'g')
$$;

CREATE FUNCTION view_log_text(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN p_text ~ E'[\x01-\x08\x0b-\x1f\u007f-\u009f]'
           THEN regexp_replace(visible_text(p_text), E'[\x01-\x08\x0b-\x1f\u007f-\u009f]', E'\uFFFD', 'g')
           ELSE p_text END
$$;

-- Lines p_from..p_to of a run's log, decoded, as rows for a list. `raw` is the element as stored, where the row alone would not tell all
-- of it; what is too long to be drawn whole has `short` words instead. OFFSET 0 keeps each line's members
-- from being read, and its text from being cleaned, once for every time that they are named.
CREATE FUNCTION view_log_lines(p_run bigint, p_from bigint, p_to bigint) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(json_agg(json_build_object(
               'n', y.n, 'ms', y.ms, 'time', y.time,
               'level', (ARRAY['debug', 'info', 'warn', 'error'])[y.level + 1],
               'text', CASE WHEN length(y.text) > 4000 THEN left(y.text, 4000) ELSE y.text END,
               'source', (ARRAY['stdout', 'stderr', 'message'])[y.source + 1],
               'metadata', left(y.metadata, 4000),
               'short', CASE WHEN length(y.text) > 4000 THEN '… ' || fmt_count(length(y.text) - 4000) || ' more characters'
                             WHEN y.size >= 20000 THEN '…' END,
               'continued', y.flags = '1',
               'raw', CASE WHEN y.size < 20000 AND length(y.text) <= 4000
                                AND (y.metadata IS NOT NULL OR y.flags IS NOT NULL OR y.text <> y.said OR y.text ~ E'[\r\n]')
                           THEN y.line END) ORDER BY y.n), '[]')
    FROM (
        SELECT x.*, to_char(to_timestamp(x.ms / 1000.0) AT TIME ZONE 'UTC', 'HH24:MI:SS.MS') AS time, view_log_text(x.said) AS text,
               length(x.line) AS size
        FROM (
            SELECT c.first_line + e.place - 1 AS n, e.line::text AS line, (e.line ->> 0)::bigint AS ms, (e.line ->> 1)::int AS level, e.line ->> 2 AS said,
                   coalesce((e.line ->> 3)::int, 0) AS source, nullif((e.line -> 4)::text, 'null') AS metadata, e.line ->> 5 AS flags
            FROM log_chunks c,
                 json_array_elements(c.body::json -> 'lines') WITH ORDINALITY AS e (line, place)
            WHERE c.run_id = p_run AND c.first_line <= p_to
              AND c.first_line >= coalesce((SELECT max(b.first_line) FROM log_chunks b
                                            WHERE b.run_id = p_run AND b.first_line <= p_from), 1)
              AND c.first_line + e.place - 1 BETWEEN p_from AND p_to
            OFFSET 0) x
        OFFSET 0) y);
END
$$;
