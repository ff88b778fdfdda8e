-- The life of a run: what the database itself allows and forbids.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(46);

INSERT INTO instances (experiment, name, configuration) VALUES ('e', 'first', '{"b":1,"a":2}');
INSERT INTO instances (experiment, name) VALUES ('e', 'second');

-- Numbers and copies.
SELECT is(create_run(1, 0), 1::bigint, 'a run is made');
SELECT is(create_run(1, 5), 2::bigint, 'and another');
SELECT is(create_run(2, 0), 3::bigint, 'and one of another instance');
SELECT results_eq('SELECT instance_id, number, status, priority FROM runs ORDER BY id',
    $$VALUES (1::bigint, 1::bigint, 'pending', 0), (1, 2, 'pending', 5), (2, 1, 'pending', 0)$$,
    'numbers count within the instance');
SELECT is((SELECT configuration::text FROM runs WHERE id = 1), '{"b":1,"a":2}', 'the configuration is copied in its order');
UPDATE instances SET configuration = '{}' WHERE id = 1;
SELECT is((SELECT configuration::text FROM runs WHERE id = 1), '{"b":1,"a":2}', 'and stays as it was');
SELECT throws_ok('SELECT create_run(99, 0)', 'AT404', 'there is no instance 99', 'no run without an instance');
SELECT throws_ok('SELECT create_run(1, 5000)', '23514', NULL, 'priorities have bounds');

-- The head.
SELECT results_eq('SELECT epoch, lines, records FROM run_heads WHERE run_id = 1', $$VALUES (0, 0::bigint, 0::bigint)$$,
    'a run has a head from the start');

-- A run begins as pending and ends through finish_run alone.
SELECT throws_ok($$INSERT INTO runs (instance_id, number, experiment, configuration, status, started_at)
    VALUES (1, 77, 'e', '{}', 'running', now())$$, 'AT409', NULL, 'no run is born running');
SELECT throws_ok($$UPDATE runs SET status = 'failed', finished_at = now() WHERE id = 1$$, 'AT409',
    'run 1 can only end through finish_run', 'no ending by hand');
SELECT throws_ok($$UPDATE runs SET status = 'completed', started_at = now(), finished_at = now() WHERE id = 1$$, 'AT409',
    'run 1 cannot complete before it ran', 'nothing completes that never ran');

-- Claim.
SELECT results_eq($$SELECT epoch, lines, records FROM claim_run(1, 4, 'host', '{"version":"1"}')$$,
    $$VALUES (1, 0::bigint, 1::bigint)$$, 'a claim takes a new epoch and writes record 1');
SELECT is((SELECT status FROM runs WHERE id = 1), 'running', 'the run is running');
SELECT is((SELECT body::json->>'status' FROM records WHERE run_id = 1 AND n = 1), 'running', 'record 1 says so');
SELECT is((SELECT count(*) FROM claim_run(1, 4, 'host', '{}')), 0::bigint, 'a second claim gets nothing');
SELECT throws_ok($$UPDATE runs SET status = 'pending' WHERE id = 1$$, 'AT409', NULL, 'running never goes back');
SELECT is((SELECT count(*) FROM claim_run(99, 4, 'host', '{}')), 0::bigint, 'a run that is not there cannot be claimed');

-- Finish.
SELECT is((SELECT count(*) FROM finish_run(1, 7, 'completed', NULL, NULL, 0, NULL)), 0::bigint,
    'an old epoch finishes nothing');
SELECT results_eq($$SELECT lines, records FROM finish_run(1, 1, 'failed', 'exit', E'bad "exit"\nhere', 3, NULL)$$,
    $$VALUES (0::bigint, 2::bigint)$$, 'the right epoch does');
SELECT results_eq('SELECT status, reason, error, exit_code FROM runs WHERE id = 1',
    $$VALUES ('failed', 'exit', E'bad "exit"\nhere', 3)$$, 'the row says how it ended');
SELECT results_eq($$SELECT body::json->>'status', body::json->>'reason', body::json->>'error' FROM records WHERE run_id = 1 AND n = 2$$,
    $$VALUES ('failed', 'exit', E'bad "exit"\nhere')$$, 'and so does the last record');
SELECT ok((SELECT body !~ E'[\n\t]' FROM records WHERE run_id = 1 AND n = 2), 'a record is one line');
SELECT is((SELECT epoch FROM run_heads WHERE run_id = 1), 2, 'the epoch moved on, so nothing can follow');
SELECT is((SELECT count(*) FROM finish_run(1, NULL, 'completed', NULL, NULL, 0, NULL)), 0::bigint, 'terminal is final');
SELECT throws_ok($$UPDATE runs SET status = 'completed' WHERE id = 1$$, 'AT409', 'run 1 has ended as failed and stays so',
    'also by hand');
SELECT throws_ok($$UPDATE runs SET error = 'other' WHERE id = 1$$, 'AT409', NULL, 'the error cannot be rewritten');
SELECT throws_ok($$UPDATE runs SET status = 'pending' WHERE id = 1$$, 'AT409', NULL, 'nothing rises from the dead');
SELECT lives_ok($$UPDATE runs SET priority = 3 WHERE id = 1$$, 'other columns may change');

-- Cancel.
SELECT is(request_cancel(2, false), 'cancelled', 'a pending run is cancelled at once');
SELECT results_eq('SELECT status, reason FROM runs WHERE id = 2', $$VALUES ('cancelled', 'cancelled')$$, 'and says so');
SELECT is((SELECT count(*) FROM claim_run(2, 4, 'host', '{}')), 0::bigint, 'and cannot be claimed');
SELECT throws_ok('SELECT request_cancel(2, false)', 'AT409', 'run 2 has already ended as cancelled', 'not twice');
SELECT throws_ok('SELECT request_cancel(99, false)', 'AT404', 'there is no run 99', 'not of nothing');
SELECT ok((SELECT count(*) = 1 FROM claim_run(3, 4, 'host', '{}')), 'run 3 starts');
SELECT is(request_cancel(3, false), 'running', 'a running run is asked');
SELECT results_eq('SELECT status, cancel_requested_at IS NOT NULL, cancel_forced FROM runs WHERE id = 3',
    $$VALUES ('running', true, false)$$, 'it stays running until its supervisor ends it');
SELECT is(request_cancel(3, true), 'running', 'asking again may add force');
SELECT is((SELECT cancel_forced FROM runs WHERE id = 3), true, 'and it did');

-- Deleting.
SELECT throws_ok('SELECT delete_run(3)', 'AT409', NULL, 'an active run is not deleted');
SELECT throws_ok('SELECT delete_instance(2)', 'AT409', NULL, 'nor an instance with one');
SELECT lives_ok('SELECT delete_instance(1)', 'an instance goes with its ended runs');
SELECT is((SELECT count(*) FROM records WHERE run_id IN (1, 2)), 0::bigint, 'and their records');
SELECT is((SELECT count(*) FROM run_heads WHERE run_id IN (1, 2)), 0::bigint, 'and their heads');
SELECT cmp_ok(create_run(2, 0), '>', 3::bigint, 'ids are never used twice');

SELECT create_run(2, 0) AS long \gset
SELECT cmp_ok((SELECT octet_length(body) FROM finish_run(:long, NULL, 'failed', 'reported', repeat(E'\x01', 100000), NULL, NULL)),
              '<', 65536, 'a long error still fits into a record that is sent whole');

SELECT * FROM finish();
ROLLBACK;
