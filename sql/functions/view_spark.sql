-- The small chart of an instance's last twenty runs, newest at the right: [{"x","y","height","status"}] in a box of 120 by 20. Heights
-- are durations, beside the longest of them.
CREATE FUNCTION view_spark(p_instance bigint) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    statuses text[];
    seconds  float8[];
    longest  float8;
    height   int;
    bars     text := '';
BEGIN
    SELECT array_agg(t.status), array_agg(t.s), greatest(max(t.s), 0.001) INTO statuses, seconds, longest
    FROM (SELECT r.status, coalesce(date_part('epoch', coalesce(r.finished_at, now()) - r.started_at), 0) AS s
          FROM runs r WHERE r.instance_id = p_instance ORDER BY r.number DESC LIMIT 20) t;
    FOR i IN 1 .. coalesce(cardinality(statuses), 0) LOOP
        height := greatest(3, round(20 * seconds[i] / longest));
        bars := '{"x":' || (20 - i) * 6 || ',"y":' || 20 - height || ',"height":' || height || ',"status":"' || statuses[i]
            || CASE i WHEN 1 THEN '"}' ELSE '"},' END || bars;
    END LOOP;
    RETURN '[' || bars || ']';
END
$$;
