-- A run whose supervisor ended again and again before it could begin. Epoch 0: nobody has claimed it.
SELECT body FROM finish_run($1::bigint, 0, 'failed', 'start', $2::text, NULL, NULL)
