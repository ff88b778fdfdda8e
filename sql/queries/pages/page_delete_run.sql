-- GET /runs/{id}/delete: what goes with a run (deletion_cost). runs_pkey, instances_pkey.
SELECT json_build_object(
    'title', 'Delete run #' || r.number, 'heading', 'Delete run #' || r.number || ' of ' || i.name || '?',
    'words', CASE WHEN r.finished_at IS NOT NULL THEN json_build_array('With it go ' || view_deletion(c), 'There is no way back.') END,
    'impossible', CASE WHEN r.finished_at IS NULL THEN 'It is still active. Cancel it first, then delete it.' END,
    'typed', NULL, 'error', NULL,
    'action', '/runs/' || r.id || '/delete', 'fields', '[]'::json, 'button', 'Delete', 'back', '/runs/' || r.id,
    'no_runner', false)
FROM runs r JOIN instances i ON i.id = r.instance_id CROSS JOIN LATERAL deletion_cost(ARRAY[r.id]) c
WHERE r.id = ($1::json #>> '{path,id}')::bigint
