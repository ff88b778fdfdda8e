-- What is said of a run that has not ended: its heartbeat, its silence, and what stands in its way.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(11);

INSERT INTO instances (experiment, name) VALUES ('e', 'one');
SELECT create_run(1, 0), create_run(1, 0);
CREATE FUNCTION notice(p_run bigint) RETURNS text LANGUAGE sql AS 'SELECT notice FROM api_runs WHERE id = p_run';

SELECT is(notice(1), NULL, 'a run that waits has nothing to say');
UPDATE run_heads SET heartbeat_at = now() - interval '1 hour' WHERE run_id = 1;
SELECT is(notice(1), NULL, 'nobody looks after it yet');
UPDATE run_heads SET trouble = 'it cannot be started yet: no room' WHERE run_id = 1;
SELECT is(notice(1), 'it cannot be started yet: no room', 'but why it cannot start is told');

SELECT claim_run(1, NULL, 'host', '{}');
UPDATE run_heads SET trouble = NULL WHERE run_id = 1;
SELECT is(notice(1), NULL, 'a run that has just begun is well');
SELECT ok(heartbeat_at IS NOT NULL AND said_at IS NOT NULL, 'and says when it was heard') FROM api_runs WHERE id = 1;
SELECT ok(heartbeat_at IS NULL, 'one that waits does not') FROM api_runs WHERE id = 2;

UPDATE run_heads SET said_at = now() - interval '10 minutes 20 seconds' WHERE run_id = 1;
SELECT is(notice(1), 'silent for 10 min', 'a run that says nothing');
UPDATE run_heads SET trouble = 'no room' WHERE run_id = 1;
SELECT is(notice(1), 'no room', 'what is in its way says more');
UPDATE run_heads SET heartbeat_at = now() - interval '23 seconds' WHERE run_id = 1;
SELECT is(notice(1), 'no heartbeat for 23 s', 'and without a heartbeat all else is old');
SELECT is((run_notice('running', now(), now() - interval '23 seconds', now(), NULL) ->> 'since_ms')::bigint,
          epoch_ms(now() - interval '23 seconds'), 'since when, for who counts on');

SELECT finish_run(1, NULL, 'failed', 'lost', 'gone', NULL, NULL);
SELECT is(notice(1), NULL, 'a run that has ended has a reason instead');

SELECT * FROM finish();
ROLLBACK;
