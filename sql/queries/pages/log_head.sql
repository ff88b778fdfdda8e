-- Everything about a log that is known without reading it. run_heads_pkey.
SELECT lines, bytes, debugs, infos, warns, errors FROM run_heads WHERE run_id = $1::bigint
