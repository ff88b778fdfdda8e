-- What a run came to: {"key":scalar} of its results in the order in which the keys were first said, and of its metrics' last
-- values. The first 64 keys by name of each; what is long, an object or a list is left out. Steps from key to key by
-- records_key and the key of metric_chunks, however often each was said.
CREATE FUNCTION run_outcome(p_run bigint, OUT results json, OUT metrics json) LANGUAGE plpgsql STABLE AS $$
BEGIN
    WITH RECURSIVE k (key, n) AS (
        (SELECT key, 1 FROM records WHERE run_id = p_run AND kind = 'result' ORDER BY key LIMIT 1)
        UNION ALL
        (SELECT x.key, k.n + 1 FROM k, LATERAL (
             SELECT r.key FROM records r WHERE r.run_id = p_run AND r.kind = 'result' AND r.key > k.key ORDER BY r.key LIMIT 1) x
         WHERE k.n < 64)
    ), said AS (
        SELECT k.key, c.body::json -> 'value' AS value,
               (SELECT r.n FROM records r WHERE r.run_id = p_run AND r.kind = 'result' AND r.key = k.key ORDER BY r.n LIMIT 1) AS place
        FROM k, LATERAL (
            SELECT r.body, r.brief FROM records r
            WHERE r.run_id = p_run AND r.kind = 'result' AND r.key = k.key ORDER BY r.n DESC LIMIT 1) c
        WHERE c.brief IS NULL AND length(c.body) < 1000
    )
    SELECT coalesce(json_object_agg(key, value ORDER BY place), '{}') INTO results
    FROM said WHERE json_typeof(value) NOT IN ('object', 'array');

    WITH RECURSIVE k (key, n) AS (
        (SELECT key, 1 FROM metric_chunks WHERE run_id = p_run ORDER BY key LIMIT 1)
        UNION ALL
        (SELECT x.key, k.n + 1 FROM k, LATERAL (
             SELECT m.key FROM metric_chunks m WHERE m.run_id = p_run AND m.key > k.key ORDER BY m.key LIMIT 1) x
         WHERE k.n < 64)
    )
    SELECT coalesce(json_object_agg(k.key, m.body::json #> '{points,-1,1}' ORDER BY k.key), '{}') INTO metrics
    FROM k, LATERAL (
        SELECT c.body FROM metric_chunks c WHERE c.run_id = p_run AND c.key = k.key ORDER BY c.n DESC LIMIT 1) m;
END
$$;
