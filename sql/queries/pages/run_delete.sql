-- DELETE /api/v1/runs/{id} and the form: the run and all that it said; refused while it is active. Its instance, to go back to.
SELECT r.instance_id, delete_run(r.id) FROM (SELECT id, instance_id FROM runs WHERE id = $1::bigint) r
