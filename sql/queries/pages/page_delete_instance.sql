-- GET and POST /experiments/{id}/delete: what goes with an instance (deletion_cost). instances_pkey, runs_instance, runs_of_instance.
SELECT json_build_object(
    'title', 'Delete ' || i.name, 'heading', 'Delete ' || i.name || '?',
    'words', CASE WHEN a.active = 0 THEN json_build_array(
        CASE WHEN c.runs = 0 THEN 'The instance has no runs.' ELSE view_runs_number(c.runs) || CASE c.runs WHEN 1 THEN ' goes' ELSE ' go' END || ' with it: ' || view_deletion(c) END, 'There is no way back.') END,
    'impossible', CASE WHEN a.active > 0 THEN
        CASE a.active WHEN 1 THEN 'One of its runs is' ELSE fmt_count(a.active) || ' of its runs are' END || ' still active. Cancel first, then delete.' END,
    'typed', CASE WHEN c.runs > 0 THEN i.name END, 'error', NULL,
    'action', '/experiments/' || i.id || '/delete', 'fields', '[]'::json, 'button', 'Delete', 'back', '/experiments/' || i.id,
    'no_runner', false)
FROM instances i
CROSS JOIN LATERAL (SELECT count(*) AS active FROM runs r WHERE r.instance_id = i.id AND r.status IN ('pending', 'running')) a
CROSS JOIN LATERAL deletion_cost(ARRAY(SELECT r.id FROM runs r WHERE r.instance_id = i.id)) c
WHERE i.id = ($1::json #>> '{path,id}')::bigint
