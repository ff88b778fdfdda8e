-- The leaves of a JSON value, in the order written: their paths (api.keys[0]) and values. Empty objects and lists are leaves too.
CREATE FUNCTION json_leaves(p_value json) RETURNS TABLE (place bigint, path text, value json) ROWS 20 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN QUERY WITH RECURSIVE t (path, value, at) AS (
        SELECT ''::text, p_value, ARRAY[]::bigint[]
        UNION ALL
        SELECT x.path, x.value, t.at || x.at
        FROM t, LATERAL (
            SELECT CASE t.path WHEN '' THEN m.key ELSE t.path || '.' || m.key END, m.value, m.ordinality
            FROM json_each(CASE json_typeof(t.value) WHEN 'object' THEN t.value ELSE '{}' END) WITH ORDINALITY AS m
            UNION ALL
            SELECT t.path || '[' || m.ordinality - 1 || ']', m.value, m.ordinality
            FROM json_array_elements(CASE json_typeof(t.value) WHEN 'array' THEN t.value ELSE '[]' END) WITH ORDINALITY AS m
        ) AS x (path, value, at)
    )
    SELECT row_number() OVER (ORDER BY t.at), t.path, t.value FROM t
    WHERE t.path <> '' AND (json_typeof(t.value) NOT IN ('object', 'array') OR t.value::text ~ '^\s*(\{\s*\}|\[\s*\])\s*$');
END
$$;

-- The same as rows for a list: [{"path","value"}].
CREATE FUNCTION view_leaves(p_value json) RETURNS json LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (SELECT coalesce(json_agg(json_build_object('path', l.path, 'value', coalesce(left(l.value #>> '{}', 4096), 'null')) ORDER BY l.place), '[]')
            FROM json_leaves(p_value) AS l);
END
$$;

-- The first thousand of them, and how many more there are.
CREATE FUNCTION view_first_leaves(p_value json) RETURNS json LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    leaves json := view_leaves(p_value);
    total int := json_array_length(leaves);
BEGIN
    RETURN json_build_object(
        'rows', (SELECT coalesce(json_agg(x.leaf ORDER BY x.place), '[]') FROM json_array_elements(leaves) WITH ORDINALITY AS x (leaf, place) WHERE x.place <= 1000),
        'more', CASE WHEN total > 1000 THEN fmt_count(total - 1000) END);
END
$$;

-- A JSON text, or its beginning, indented by two spaces, its members in order and its numbers as written.
CREATE FUNCTION json_indent(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    WITH tokens AS (
        SELECT m[1] AS token, n
        FROM regexp_matches(p_text, '("(?:[^"\\]|\\.)*(?:"|\\?$)|[][{},:]|[^][{},:"[:space:]]+)', 'g') WITH ORDINALITY AS x (m, n)
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
