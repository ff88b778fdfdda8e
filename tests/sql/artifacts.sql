-- Artifacts are records; deleting a run names the contents that may have lost their last reference.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(11);

INSERT INTO instances (experiment, name) VALUES ('e', 'i');
SELECT create_run(1, 0), create_run(1, 0);
SELECT claim_run(1, 4, 'host', '{}'), claim_run(2, 4, 'host', '{}');

CREATE FUNCTION pg_temp.say(p_run bigint, p_n bigint, p_name text, p_hash text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO records (run_id, n, line, kind, key, body)
    VALUES (p_run, p_n, 3, 'artifact', p_name, json_build_object('n', p_n, 'line', 3, 'kind', 'artifact', 'at', 1700000000000, 'name', p_name,
        'sha256', p_hash, 'size', 5000000000, 'media_type', 'text/plain')::text)
$$;
CREATE FUNCTION pg_temp.unreferenced(p text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT x.sha256 FROM unnest(p) AS x (sha256) WHERE NOT EXISTS (SELECT FROM artifacts a WHERE a.sha256 = x.sha256)
$$;
SELECT pg_temp.say(1, 12, 'one', repeat('a', 64)), pg_temp.say(1, 13, 'again', repeat('a', 64)), pg_temp.say(1, 14, 'other', repeat('b', 64)),
       pg_temp.say(2, 12, 'shared', repeat('a', 64));
INSERT INTO records (run_id, n, line, kind, key, body) VALUES (2, 13, 3, 'result', 'r', '{"n":13,"line":3,"kind":"result","at":1,"key":"r","value":1}');

SELECT results_eq('SELECT run_id, n, line, name, sha256, size, media_type, at_ms FROM artifacts WHERE run_id = 1 ORDER BY n LIMIT 1',
    $$VALUES (1::bigint, 12::bigint, 3::bigint, 'one', repeat('a', 64), 5000000000::bigint, 'text/plain', 1700000000000::bigint)$$,
    'an artifact is its record');
SELECT is((SELECT count(*) FROM artifacts), 4::bigint, 'records of other kinds are none');
SELECT is_empty($$SELECT pg_temp.unreferenced(ARRAY[repeat('a', 64), repeat('b', 64)])$$, 'both contents are referred to');
SELECT results_eq($$SELECT pg_temp.unreferenced(ARRAY[repeat('c', 64)])$$, $$VALUES (repeat('c', 64))$$, 'a third is not');
SET LOCAL enable_seqscan = off;
CREATE FUNCTION pg_temp.plan() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN SELECT FROM artifacts WHERE sha256 = repeat(''a'', 64)';
END
$$;
SELECT ok((SELECT bool_or(line LIKE '%records%expr_idx%' OR line LIKE '%records_%sha256%') FROM pg_temp.plan() AS line),
    'references are found by their index');
SELECT is((SELECT count(*) FROM freed_contents), 0::bigint, 'nothing was freed');
SELECT finish_run(1, 1, 'completed', NULL, NULL, 0, NULL), finish_run(2, 1, 'completed', NULL, NULL, 0, NULL);
SELECT delete_run(1);
SELECT results_eq('SELECT sha256 FROM freed_contents ORDER BY sha256', $$VALUES (repeat('a', 64)), (repeat('b', 64))$$,
    'a deleted run names each of its contents once');
SELECT results_eq($$SELECT pg_temp.unreferenced(ARRAY(SELECT sha256 FROM freed_contents))$$, $$VALUES (repeat('b', 64))$$,
    'of which one is still referred to');
SELECT lives_ok('SELECT delete_instance(1)', 'an instance goes with its other run');
SELECT results_eq($$SELECT DISTINCT pg_temp.unreferenced(ARRAY(SELECT sha256 FROM freed_contents)) ORDER BY 1$$,
    $$VALUES (repeat('a', 64)), (repeat('b', 64))$$, 'and now nobody refers to either');

-- Runs of a later partition.
SELECT ensure_run_partitions(run_partition_size());
SELECT pg_temp.say(run_partition_size() + 1, 2, 'late', repeat('d', 64));
SELECT is_empty($$SELECT pg_temp.unreferenced(ARRAY[repeat('d', 64)])$$, 'they count too');

SELECT * FROM finish();
ROLLBACK;
