-- GET /api/v1/endings?since=: how many runs have ended since a moment, and the newest hundred with what names them. Pages that were
-- away ask it. runs_finished.
WITH ended AS (
    SELECT r.id, r.instance_id, r.number, r.status, r.finished_at
    FROM runs r
    WHERE r.finished_at >= to_timestamp(($1::json #>> '{query,since}')::bigint / 1000.0)
)
SELECT json_build_object(
    'total', (SELECT count(*) FROM ended),
    'items', (SELECT coalesce(json_agg(json_build_object(
                  'id', e.id, 'instance_id', e.instance_id, 'instance_name', i.name, 'number', e.number, 'status', e.status,
                  'finished_at', rfc3339(e.finished_at)) ORDER BY e.finished_at DESC), '[]')
              FROM (SELECT * FROM ended ORDER BY finished_at DESC LIMIT 100) e
              JOIN instances i ON i.id = e.instance_id))::text
