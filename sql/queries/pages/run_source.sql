-- POST .../runs/{id}/again: what a run was made of, with the defaults that it lacked when it was started. runs_pkey.
SELECT r.instance_id, r.experiment, run_configuration(r) FROM runs r WHERE r.id = $1::bigint
