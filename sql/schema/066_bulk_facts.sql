-- The newest of many runs that are loaded at once is found in one pass over them.
CREATE OR REPLACE FUNCTION runs_facts_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE instance_facts f
    SET runs = f.runs + n.runs, last_run = greatest(f.last_run, n.last_run),
        last_status = CASE WHEN n.last_run > f.last_run THEN n.last_status ELSE f.last_status END
    FROM (SELECT instance_id, count(*) AS runs, max(id) AS last_run, (array_agg(status ORDER BY id DESC))[1] AS last_status
          FROM added GROUP BY instance_id) n
    WHERE f.instance_id = n.instance_id;
    RETURN NULL;
END
$$;
