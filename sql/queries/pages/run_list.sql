-- GET /api/v1/runs, newest first: of an instance by runs_instance, of a status by runs_status, else by runs_pkey. One of the three
-- parts runs; the others are ruled out before they begin.
WITH p AS (
    SELECT ($1::json #>> '{query,instance}')::bigint AS instance, $1::json #>> '{query,status}' AS status,
           coalesce(($1::json #>> '{query,before}')::bigint, 9223372036854775807) AS before,
           ($1::json #>> '{query,limit}')::bigint + 1 AS rows
), chosen AS (
    (SELECT r.id FROM runs r
     WHERE ($1::json #>> '{query,instance}') IS NOT NULL AND r.instance_id = (SELECT instance FROM p)
       AND r.id < (SELECT before FROM p) AND ((SELECT status FROM p) IS NULL OR r.status = (SELECT status FROM p))
     ORDER BY r.id DESC LIMIT (SELECT rows FROM p))
    UNION ALL
    (SELECT r.id FROM runs r
     WHERE ($1::json #>> '{query,instance}') IS NULL AND ($1::json #>> '{query,status}') IS NOT NULL
       AND r.status = (SELECT status FROM p) AND r.id < (SELECT before FROM p)
     ORDER BY r.id DESC LIMIT (SELECT rows FROM p))
    UNION ALL
    (SELECT r.id FROM runs r
     WHERE ($1::json #>> '{query,instance}') IS NULL AND ($1::json #>> '{query,status}') IS NULL
       AND r.id < (SELECT before FROM p)
     ORDER BY r.id DESC LIMIT (SELECT rows FROM p))
)
SELECT r.id, row_to_json(r)::text FROM api_runs r JOIN chosen c ON c.id = r.id ORDER BY r.id DESC
