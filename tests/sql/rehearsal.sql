-- What a spare supervisor rehearses leaves nothing behind.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(4);

INSERT INTO instances (experiment, name) VALUES ('e', 'i');
SELECT create_run(1, 0);
SELECT lives_ok('SELECT rehearse_run(), rehearse_run()', 'it can be done again and again');
SELECT results_eq(
    $$SELECT (SELECT count(*) FROM instances), (SELECT count(*) FROM runs), (SELECT count(*) FROM run_heads),
             (SELECT count(*) FROM records), (SELECT count(*) FROM log_chunks)$$,
    'VALUES (1::bigint, 1::bigint, 1::bigint, 0::bigint, 0::bigint)', 'and leaves no row');
SELECT is(create_run(1, 0), 2::bigint, 'no number is used up');
INSERT INTO instances (id, experiment, name) OVERRIDING SYSTEM VALUE VALUES (0, 'e', 'another rehearsal');
SELECT lives_ok('SELECT rehearse_run()', 'another one at the same moment does no harm');

SELECT * FROM finish();
ROLLBACK;
