-- The Results tab of a run: a card a key with its newest value, 200 at a time.
--
-- p_query: `q` keeps the keys that hold this text, whatever the case; `order` is "key", or by time, the newest last; `before` (a
-- record) or `from` (a key) goes on with the next 200. A value shows its first 64 KiB, all values of a page together 128 KiB, newest
-- first; what is cut says so and where all of it is.
CREATE FUNCTION view_results(p_run bigint, p_query json) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    by_key boolean := coalesce(p_query ->> 'order' = 'key', false);
    wanted text := coalesce(p_query ->> 'q', '');
    before bigint := coalesce(view_cursor(p_query ->> 'before'), 9223372036854775807);
    first_key text := p_query ->> 'from';
BEGIN
    RETURN (
        WITH keys AS (
            SELECT key, max(n) AS n, count(*) AS times FROM records WHERE run_id = p_run AND kind = 'result' GROUP BY key
        ), chosen AS (
            SELECT *, row_number() OVER (ORDER BY CASE WHEN by_key THEN key END COLLATE "und-x-icu", n DESC) AS place FROM keys
            WHERE strpos(lower(key), lower(wanted)) > 0
              AND CASE WHEN by_key THEN first_key IS NULL OR key >= first_key COLLATE "und-x-icu" ELSE n < before END
            ORDER BY place LIMIT 201
        ), texts AS (
            SELECT c.*, r.brief IS NOT NULL AS large, octet_length(r.body) AS bytes,
                   CASE WHEN r.brief IS NULL THEN (r.body::json -> 'value')::text ELSE json_large_value(r.body, 65536) END AS value,
                   (coalesce(r.brief, r.body)::json ->> 'at')::bigint AS ms
            FROM chosen c JOIN records r ON r.run_id = p_run AND r.n = c.n
            WHERE c.place <= 200
        ), shown AS (
            SELECT *, CASE WHEN sum(length(value)) OVER (ORDER BY n DESC) <= 131072 THEN value ELSE left(value, 1024) END AS part FROM texts
        ), cards AS (
            SELECT place, n, json_build_object(
                'key', key, 'n', n, 'when', view_time(to_timestamp(ms / 1000.0)), 'values', times, 'many', times > 1,
                'history', '/api/v1/runs/' || p_run || '/results/' || url_encoded(key),
                'type', json_type_of(value), 'nested', json_type_of(value) IN ('object', 'array'),
                'text', CASE json_type_of(value) WHEN 'object' THEN json_indent(part) WHEN 'array' THEN json_indent(part)
                             WHEN 'string' THEN json_string_part(part) ELSE part END,
                'large', CASE WHEN large OR part <> value THEN json_build_object(
                    'href', '/api/v1/runs/' || p_run || '/records/' || n, 'size', fmt_bytes(bytes)) END) AS card
            FROM shown
        )
        SELECT json_build_object(
            'none', NOT EXISTS (SELECT FROM keys), 'no_match', EXISTS (SELECT FROM keys) AND NOT EXISTS (SELECT FROM chosen),
            'q', wanted, 'by_key', by_key, 'paged', view_cursor(p_query ->> 'before') IS NOT NULL OR first_key IS NOT NULL,
            'first', '?tab=results' || CASE WHEN by_key THEN '&order=key' ELSE '' END || CASE WHEN wanted <> '' THEN '&q=' || url_encoded(wanted) ELSE '' END,
            'more', (SELECT json_build_object(
                         'href', '?tab=results' || CASE WHEN wanted <> '' THEN '&q=' || url_encoded(wanted) ELSE '' END ||
                                 CASE WHEN by_key THEN '&order=key&from=' || url_encoded(c.key) ELSE '&before=' || (SELECT min(n) FROM cards) END,
                         'left', fmt_count((SELECT count(*) FROM keys k WHERE strpos(lower(k.key), lower(wanted)) > 0 AND
                                     CASE WHEN by_key THEN k.key >= c.key COLLATE "und-x-icu" ELSE k.n <= c.n END)))
                     FROM chosen c WHERE c.place = 201),
            'cards', coalesce((SELECT json_agg(card ORDER BY CASE WHEN by_key THEN place ELSE n END) FROM cards), '[]')));
END
$$;

-- The first p_max characters of the value of a record that is too large to be read whole; it has no member before `value` that
-- is larger than a key.
CREATE FUNCTION json_large_value(p_body text, p_max int) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    part text := substr(p_body, strpos(left(p_body, 8192), '"value":') + 8, p_max);
BEGIN
    RETURN CASE WHEN length(part) < p_max THEN left(part, -1) ELSE part END;
END
$$;

-- The type of a JSON text by its first character, of one that is cut too.
CREATE FUNCTION json_type_of(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE left(ltrim(p_text), 1) WHEN '{' THEN 'object' WHEN '[' THEN 'array' WHEN '"' THEN 'string' WHEN 't' THEN 'boolean'
                                       WHEN 'f' THEN 'boolean' WHEN 'n' THEN 'null' ELSE 'number' END
$$;

-- What a JSON string says, of one that is cut as much as is there: as many whole characters and escapes.
CREATE FUNCTION json_string_part(p_text text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN (substring(p_text FROM '^"(?:[^"\\]|\\["\\/bfnrt]|\\u(?![dD][89aAbB])[0-9A-Fa-f]{4}|\\u[dD][89aAbB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})*')
            || '"')::json #>> '{}';
END
$$;
