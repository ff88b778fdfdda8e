-- POST /runs/selection: takes the chosen runs that have ended, and all that they said. runs_pkey.
SELECT delete_runs(ARRAY(SELECT id FROM runs WHERE id = ANY ($1::bigint[]) AND finished_at IS NOT NULL))
