-- GET /api/v1/endings?since=: how many runs have ended since a moment, and the newest of them with what names them. Pages that were
-- away ask it. runs_finished.
WITH ended AS (
    SELECT r.id, r.instance_id, r.number, r.status, r.finished_at
    FROM runs r
    WHERE r.finished_at >= to_timestamp(($1::json #>> '{query,since}')::bigint / 1000.0)
), newest AS (
    SELECT e.id, e.instance_id, i.name AS instance_name, e.number, e.status, rfc3339(e.finished_at) AS finished_at
    FROM (SELECT * FROM ended ORDER BY finished_at DESC LIMIT 100) e
    JOIN instances i ON i.id = e.instance_id
)
SELECT json_build_object('total', (SELECT count(*) FROM ended),
                         'items', (SELECT coalesce(json_agg(n ORDER BY n.finished_at DESC, n.id DESC), '[]') FROM newest n))::text
