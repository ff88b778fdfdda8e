-- The Artifacts tab of a run: its files, newest last, 200 at a time; `before` of p_query goes on. Those of a completed run lead to their promotion. Images are those that every
-- browser shows, up to 16 MiB.
CREATE FUNCTION view_artifacts(p_run bigint, p_query json, p_can_promote boolean) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    before bigint := coalesce(view_cursor(p_query ->> 'before'), 9223372036854775807);
BEGIN
    RETURN (
        WITH shown AS (
            SELECT * FROM artifacts WHERE run_id = p_run AND n < before ORDER BY n DESC LIMIT 200
        )
        SELECT json_build_object(
            'none', NOT EXISTS (SELECT FROM records WHERE run_id = p_run AND kind = 'artifact'),
            'paged', view_cursor(p_query ->> 'before') IS NOT NULL,
            'more', (SELECT json_build_object('href', '?tab=artifacts&before=' || min(s.n)) FROM shown s
                     WHERE EXISTS (SELECT FROM records WHERE run_id = p_run AND kind = 'artifact' AND n < (SELECT min(n) FROM shown)) HAVING count(*) > 0),
            'rows', coalesce((SELECT json_agg(json_build_object(
                'n', n, 'name', name, 'href', '/api/v1/runs/' || p_run || '/artifacts/' || n, 'size', fmt_bytes(size), 'bytes', size,
                'media_type', media_type, 'sha256', sha256, 'promote', CASE WHEN p_can_promote THEN '/runs/' || p_run || '/promote?artifact=' || n END, 'when', view_time(to_timestamp(at_ms / 1000.0)),
                'image', size <= 16777216 AND media_type IN ('image/avif', 'image/bmp', 'image/gif', 'image/jpeg', 'image/png', 'image/svg+xml', 'image/webp'))
                ORDER BY n) FROM shown), '[]')));
END
$$;
