-- What pages and the API ask of the database: words for numbers, starting runs, who offers an experiment.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\set cases `cat tests/shared/format.json`

SELECT is(fmt_duration((c ->> 0)::bigint), c ->> 1, 'fmt_duration ' || (c ->> 0))
FROM json_array_elements(:'cases'::json -> 'fmt_duration') c;
SELECT is(fmt_ago_ms((c ->> 0)::bigint), c ->> 1, 'fmt_ago_ms ' || (c ->> 0))
FROM json_array_elements(:'cases'::json -> 'fmt_ago_ms') c;
SELECT is(fmt_bytes((c ->> 0)::bigint), c ->> 1, 'fmt_bytes ' || (c ->> 0))
FROM json_array_elements(:'cases'::json -> 'fmt_bytes') c;
SELECT is(fmt_count((c ->> 0)::bigint), c ->> 1, 'fmt_count ' || (c ->> 0))
FROM json_array_elements(:'cases'::json -> 'fmt_count') c;
SELECT is(fmt_number((c ->> 0)::double precision), c ->> 1, 'fmt_number ' || (c ->> 0))
FROM json_array_elements(:'cases'::json -> 'fmt_number') c;
SELECT is(fmt_ago(now() - interval '3 minutes'), '3 min ago', 'fmt_ago counts from now');
SELECT is(fmt_duration(NULL), NULL, 'nothing has no words');
SELECT is(fmt_bytes(9223372036854775807), '7.9 EiB', 'the largest size');
SELECT is(fmt_count(-9223372036854775808), '-9,223,372,036,854,775,808', 'the smallest count');

-- Starting.
INSERT INTO instances (experiment, name, configuration) VALUES ('e', 'i', '{"a":1}');
SELECT is((SELECT made FROM start_run(1, 1, 3, '{"a":1,"b":2}', NULL, 'r')), true, 'a run without a key is new');
SELECT results_eq('SELECT priority, configuration::text FROM runs', $$VALUES (3, '{"a":1,"b":2}')$$, 'it has the configuration that was checked');
SELECT results_eq($$SELECT run_id, made FROM start_run(1, 1, 0, '{}', 'k', 'r')$$, 'VALUES (2::bigint, true)', 'a new key makes a run');
SELECT results_eq($$SELECT run_id, made FROM start_run(1, 1, 0, '{}', 'k', 'r')$$, 'VALUES (2::bigint, false)', 'the same key finds it');
SELECT throws_ok($$SELECT * FROM start_run(1, 1, 0, '{}', 'k', 'other')$$, 'AT409', NULL, 'another request with that key is refused');
INSERT INTO users (name) VALUES ('second');
SELECT is((SELECT made FROM start_run((SELECT id FROM users WHERE name = 'second'), 1, 0, '{}', 'k', 'r')), true, 'keys are their user''s own');
SELECT throws_ok($$SELECT * FROM start_run(1, 99, 0, '{}', 'k2', 'r')$$, 'AT404', NULL, 'an instance must exist');
SELECT is((SELECT count(*) FROM idempotency_keys WHERE key = 'k2'), 0::bigint, 'a refused request keeps no key');
UPDATE idempotency_keys SET created_at = now() - interval '2 days';
SELECT is((SELECT made FROM start_run(1, 1, 0, '{}', 'k', 'other')), true, 'a key is forgotten after a day');
SELECT request_cancel(id, false) FROM runs WHERE status = 'pending';
DELETE FROM idempotency_keys;
SELECT is((SELECT made FROM start_run(1, 1, 0, '{}', 'gone', 'r')), true, 'a run to be deleted');
SELECT request_cancel(max(id), false) FROM runs;
SELECT delete_run(max(id)) FROM runs;
SELECT throws_ok($$SELECT * FROM start_run(1, 1, 0, '{}', 'gone', 'r')$$, 'AT409', NULL, 'a deleted run is not made again');

-- Offers.
INSERT INTO experiments (name, title, manifest, content_hash, folder) VALUES ('e', 'E', '{"configuration":[{"name":"a"}]}', 'h', '/e');
SELECT is(api_experiment('e') ->> 'available', 'false', 'without a runner it is not available');
INSERT INTO runners (host, boot_id, pid, version, jobs) VALUES ('h', 'b', 1, '1', 2);
INSERT INTO offers (runner_id, experiment, content_hash) SELECT id, 'e', 'h' FROM runners;
SELECT is(api_experiment('e') ->> 'available', 'true', 'with one it is');
SELECT is(api_experiment('e') #>> '{runners,0,host}', 'h', 'and says where');
UPDATE runners SET heartbeat_at = now() - interval '20 seconds';
SELECT is(api_experiment('e') ->> 'reason', 'no runner offers it now', 'a runner that went away offers nothing');
UPDATE runners SET heartbeat_at = now();
UPDATE experiments SET error = 'nonsense';
SELECT is(api_experiment('e') ->> 'available', 'false', 'a broken one is not available');
SELECT is(api_experiment('none')::text, NULL, 'an unknown one is nothing');

SELECT * FROM finish();
ROLLBACK;
