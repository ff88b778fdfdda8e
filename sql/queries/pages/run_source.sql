-- POST .../runs/{id}/again: what a run was made of. runs_pkey.
SELECT instance_id, experiment, configuration FROM runs WHERE id = $1::bigint
