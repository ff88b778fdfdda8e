-- The Metrics tab of a run: its series in the order in which they began, 100 at a time; `after` of p_query (the record that began the
-- last one shown) goes on, `q` keeps the keys that hold this text. The chunks of a series say how many points it has; the newest holds
-- the last value.
CREATE FUNCTION view_metrics(p_run bigint, p_query json) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    wanted text := coalesce(p_query ->> 'q', '');
    after bigint := coalesce(view_cursor(p_query ->> 'after'), 0);
    after_key text := coalesce(p_query ->> 'key', '');
BEGIN
    RETURN (
        WITH series AS (
            SELECT key, sum(points) AS points, min(first_step) AS first_step, max(last_step) AS last_step, min(n) AS first, max(n) AS last
            FROM metric_chunks WHERE run_id = p_run GROUP BY key
        ), shown AS (
            SELECT *, row_number() OVER (ORDER BY first, key) AS place FROM series
            WHERE (first, key) > (after, after_key) AND strpos(lower(key), lower(wanted)) > 0 ORDER BY first, key LIMIT 101
        )
        SELECT json_build_object(
            'none', NOT EXISTS (SELECT FROM series), 'no_match', EXISTS (SELECT FROM series) AND NOT EXISTS (SELECT FROM shown), 'q', wanted,
            'more', (SELECT json_build_object(
                         'href', '?tab=metrics&after=' || s.first || '&key=' || url_encoded(s.key) || CASE WHEN wanted <> '' THEN '&q=' || url_encoded(wanted) ELSE '' END,
                         'left', fmt_count((SELECT count(*) FROM series x WHERE (x.first, x.key) > (s.first, s.key) AND strpos(lower(x.key), lower(wanted)) > 0)))
                     FROM shown s WHERE s.place = 100 AND EXISTS (SELECT FROM shown WHERE place = 101)),
            'series', coalesce((SELECT json_agg(json_build_object(
                'key', s.key, 'points', s.points, 'count', fmt_count(s.points), 'first_step', s.first_step, 'last_step', s.last_step,
                'value', (SELECT fmt_number(double_from_json(split_part(substring(right(c.body, 200) FROM '\[([^\[\]]*)\]\]\}$'), ',', 2)::json))
                          FROM metric_chunks c WHERE c.run_id = p_run AND c.key = s.key AND c.n = s.last),
                'csv', '/api/v1/runs/' || p_run || '/metrics.csv?key=' || url_encoded(s.key)) ORDER BY s.place)
                FROM shown s WHERE s.place <= 100), '[]')));
END
$$;
