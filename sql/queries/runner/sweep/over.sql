-- The sweep: which of these runs have ended or are gone, so that nothing of theirs can be committed any more. runs_pkey.
SELECT x.id FROM unnest($1::bigint[]) AS x (id)
WHERE NOT EXISTS (SELECT FROM runs r WHERE r.id = x.id AND r.status IN ('pending', 'running'))
