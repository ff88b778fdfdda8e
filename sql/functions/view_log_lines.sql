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
-- of it; what is too long to be drawn whole has `short` words instead.
CREATE FUNCTION view_log_lines(p_run bigint, p_from bigint, p_to bigint) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(json_build_object(
               'n', x.n, 'ms', (x.line ->> 0)::bigint,
               'time', to_char(to_timestamp((x.line ->> 0)::bigint / 1000.0) AT TIME ZONE 'UTC', 'HH24:MI:SS.MS'),
               'level', (ARRAY['debug', 'info', 'warn', 'error'])[(x.line ->> 1)::int + 1],
               'text', left(x.text, 4000),
               'source', (ARRAY['stdout', 'stderr', 'message'])[coalesce((x.line ->> 3)::int, 0) + 1],
               'metadata', left(x.metadata, 4000),
               'short', CASE WHEN length(x.text) > 4000 THEN '… ' || fmt_count(length(x.text) - 4000) || ' more characters'
                             WHEN length(x.line::text) >= 20000 THEN '…' END,
               'continued', (x.line ->> 5)::int = 1,
               'raw', CASE WHEN length(x.line::text) < 20000 AND length(x.text) <= 4000
                                AND (x.metadata IS NOT NULL OR x.text <> x.line ->> 2 OR x.line -> 5 IS NOT NULL OR x.text ~ E'[\r\n]')
                           THEN x.line::text END) ORDER BY x.n), '[]')
    FROM (SELECT c.first_line + e.place - 1 AS n, e.line, view_log_text(e.line ->> 2) AS text,
                 CASE json_typeof(e.line -> 4) WHEN 'null' THEN NULL ELSE (e.line -> 4)::text END AS metadata
          FROM log_chunks c,
               json_array_elements(c.body::json -> 'lines') WITH ORDINALITY AS e (line, place)
          WHERE c.run_id = p_run AND c.first_line <= p_to
            AND c.first_line >= coalesce((SELECT max(b.first_line) FROM log_chunks b
                                          WHERE b.run_id = p_run AND b.first_line <= p_from), 1)
            AND c.first_line + e.place - 1 BETWEEN p_from AND p_to) x
$$;
