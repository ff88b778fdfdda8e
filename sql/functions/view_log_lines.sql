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
