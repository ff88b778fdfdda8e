-- POST /runs/selection: asks the chosen runs to end, those that have not. runs_pkey, run_heads_pkey.
SELECT cancel_runs($1::bigint[])
