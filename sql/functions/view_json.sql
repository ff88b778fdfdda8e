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
            SELECT t.path || '[' || ordinality - 1 || ']', value, ordinality
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
