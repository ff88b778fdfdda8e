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
SELECT is((SELECT made FROM start_run(1, 1, 3, '{"a":1,"b":2}', NULL, 'r', NULL, 0)), true, 'a run without a key is new');
SELECT results_eq('SELECT priority, configuration::text FROM runs', $$VALUES (3, '{"a":1,"b":2}')$$, 'it has the configuration that was checked');
SELECT results_eq($$SELECT run_id, made FROM start_run(1, 1, 0, '{}', 'k', 'r', NULL, 0)$$, 'VALUES (2::bigint, true)', 'a new key makes a run');
SELECT results_eq($$SELECT run_id, made FROM start_run(1, 1, 0, '{}', 'k', 'r', NULL, 0)$$, 'VALUES (2::bigint, false)', 'the same key finds it');
SELECT throws_ok($$SELECT * FROM start_run(1, 1, 0, '{}', 'k', 'other', NULL, 0)$$, 'AT409', NULL, 'another request with that key is refused');
INSERT INTO users (name) VALUES ('second');
SELECT is((SELECT made FROM start_run((SELECT id FROM users WHERE name = 'second'), 1, 0, '{}', 'k', 'r', NULL, 0)), true, 'keys are their user''s own');
SELECT throws_ok($$SELECT * FROM start_run(1, 99, 0, '{}', 'k2', 'r', NULL, 0)$$, 'AT404', NULL, 'an instance must exist');
SELECT is((SELECT count(*) FROM idempotency_keys WHERE key = 'k2'), 0::bigint, 'a refused request keeps no key');
UPDATE idempotency_keys SET created_at = now() - interval '2 days';
SELECT is((SELECT made FROM start_run(1, 1, 0, '{}', 'k', 'other', NULL, 0)), true, 'a key is forgotten after a day');
SELECT request_cancel(id, false) FROM runs WHERE status = 'pending';
DELETE FROM idempotency_keys;
SELECT is((SELECT made FROM start_run(1, 1, 0, '{}', 'gone', 'r', NULL, 0)), true, 'a run to be deleted');
SELECT request_cancel(max(id), false) FROM runs;
SELECT delete_run(max(id)) FROM runs;
SELECT throws_ok($$SELECT * FROM start_run(1, 1, 0, '{}', 'gone', 'r', NULL, 0)$$, 'AT409', NULL, 'a deleted run is not made again');

SELECT is(url_encoded('a&b=c %ä/~1'), 'a%26b%3Dc%20%25%C3%A4%2F~1', 'a text in the query of an address');
SELECT is(url_encoded(''), '', 'an empty one');

-- Numbers that an experiment may write and numeric cannot hold.
INSERT INTO records (run_id, n, line, kind, key, body)
SELECT 1, 1000 + n, 0, 'row', 't', format('{"n":%s,"line":0,"kind":"row","at":1,"table":"t","values":%s}', 1000 + n, v)
FROM (VALUES (1, '{"a":1e200000,"b":-1e-200000,"c":"x"}'), (2, '{"a":2.5,"b":0.25,"c":null}'), (3, '{"a":1.5,"b":0.5}')) AS x (n, v);
SELECT results_eq(
    $$SELECT c ->> 'text', c ->> 'best' FROM json_array_elements(view_tables(1, '{}', 10, '{"a":{"better":"high"}}') #> '{tables,0,rows}') r,
      json_array_elements(r -> 'cells') c$$,
    $$VALUES ('1e200000', 'false'), ('-1e-200000', 'false'), ('x', 'false'), ('2.5000', 'true'), ('0.2500', 'false'), ('', 'false'),
      ('1.5000', 'false'), ('0.5000', 'false'), ('', 'false')$$, 'stand in a table as they were written');
SELECT is(view_duration('12.4'), '12 ms', 'a duration in words');
SELECT is(view_duration('1e300'), fmt_duration(9000000000000000000), 'one that is too long for a bigint');
SELECT is(view_duration('-1e300'), '0 ms', 'and one that is below none');
SELECT is(view_duration('null'), NULL, 'no duration has no words');

-- Texts of JSON that are cut.
SELECT is(json_string_part('"a\"b\\"'), 'a"b\', 'a whole string says what it says');
SELECT is(json_string_part(left('"x\u00e9\ud83d\ude00"', n)), left('xé😀', greatest(0, CASE WHEN n < 3 THEN n - 1 WHEN n < 8 THEN 1 WHEN n < 20 THEN 2 ELSE 3 END)), 'cut behind ' || n)
FROM generate_series(2, 21) n;
SELECT is(json_string_part(left('"' || repeat('é\"\\', 20000) || '"', 65000 + n)),
          left(repeat('é"\', 20000), (64999 + n) / 5 * 3 + (ARRAY[0, 1, 1, 2, 2])[(64999 + n) % 5 + 1]), 'a long one, cut behind ' || 65000 + n)
FROM generate_series(0, 4) n;
SELECT is(json_large_value('{"n":1,"key":"\"value\":","value":[1,2,3]}', 100), '[1,2,3]', 'a value within its record');
SELECT is(json_large_value('{"n":1,"key":"k","value":[1,2,3]}', 4), '[1,2', 'or its beginning');
SELECT is(json_indent('{"a":[1,{"b":"x'), E'{\n  "a": [\n    1,\n    {\n      "b": "x', 'the beginning of a value is indented too');

-- Offers.
INSERT INTO experiments (name, title, manifest, content_hash, folder) VALUES ('e', 'E', '{"configuration":[{"name":"a"}]}', 'h', '/e');
SELECT is(api_experiment('e') ->> 'available', 'false', 'without a runner it is not available');
SELECT is(view_waiting('e'), 'waiting for a runner', 'and its runs wait for one');
INSERT INTO runners (host, boot_id, pid, version, jobs) VALUES ('h', 'b', 1, '1', 2);
INSERT INTO offers (runner_id, experiment, content_hash) SELECT id, 'e', 'h' FROM runners;
SELECT is(api_experiment('e') ->> 'available', 'true', 'with one it is');
SELECT is(api_experiment('e') #>> '{runners,0,host}', 'h', 'and says where');
SELECT is(view_waiting('e'), 'waiting for its turn', 'a run that waits then waits for a free place');
SELECT is(view_waiting('other'), 'waiting: no runner offers this experiment now', 'one that nobody offers says so');
UPDATE runners SET heartbeat_at = now() - interval '20 seconds';
SELECT is(api_experiment('e') ->> 'reason', 'no runner offers it now', 'a runner that went away offers nothing');
UPDATE runners SET heartbeat_at = now();
UPDATE experiments SET error = 'nonsense';
SELECT is(api_experiment('e') ->> 'available', 'false', 'a broken one is not available');
SELECT is(api_experiment('e') ->> 'reason', 'its manifest is broken: nonsense', 'and says why');
UPDATE experiments SET error = 'describe ended with exit code 1: no numpy';
SELECT is(api_experiment('e') ->> 'reason', 'it cannot be described: describe ended with exit code 1: no numpy', 'its describe command may be what failed');
SELECT is(api_experiment('none')::text, NULL, 'an unknown one is nothing');

SELECT * FROM finish();
ROLLBACK;
