-- What lists ask for: facts of instances, outcomes of runs, filters, keyset pages, deletions.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(47);

INSERT INTO instances (experiment, name, description, project) VALUES
    ('e', 'Alpha', 'the first', 'night'), ('e', 'beta 50%', 'another', ''), ('f', 'Gamma', 'under_score', 'night');
SELECT results_eq('SELECT instance_id, runs, last_run, last_status FROM instance_facts ORDER BY 1',
    $$VALUES (1::bigint, 0::bigint, 0::bigint, 'none'::text), (2, 0, 0, 'none'), (3, 0, 0, 'none')$$, 'an instance begins without runs');

-- Facts follow runs.
SELECT create_run(1, 0), create_run(1, 0), create_run(3, 0);
CREATE FUNCTION pg_temp.fact(p bigint) RETURNS text LANGUAGE sql AS $$
    SELECT runs || ' ' || last_run || ' ' || last_status FROM instance_facts WHERE instance_id = p
$$;
SELECT is(pg_temp.fact(1), '2 2 pending', 'runs are counted, the newest is known');
SELECT claim_run(1, 4, 'host', '{}'), claim_run(2, 4, 'host', '{}');
SELECT is(pg_temp.fact(1), '2 2 running', 'its status too');
SELECT finish_run(1, 1, 'failed', 'exit', 'x', 1, NULL);
SELECT is(pg_temp.fact(1), '2 2 running', 'an older run that ends changes nothing');
SELECT finish_run(2, 1, 'completed', NULL, NULL, 0, NULL);
SELECT is(pg_temp.fact(1), '2 2 completed', 'the newest that ends does');
SELECT delete_run(2);
SELECT is(pg_temp.fact(1), '1 1 failed', 'when it goes the one before takes its place');
SELECT delete_run(1);
SELECT is(pg_temp.fact(1), '0 0 none', 'when all are gone there is none');
SET LOCAL session_replication_role = replica;
INSERT INTO instances (experiment, name) VALUES ('g', 'loaded');
INSERT INTO runs (instance_id, number, experiment, status, configuration, finished_at, started_at)
SELECT 4, n, 'g', CASE n WHEN 9 THEN 'failed' ELSE 'completed' END, '{}', now(), now() FROM generate_series(1, 9) AS n;
SET LOCAL session_replication_role = origin;
SELECT is(pg_temp.fact(4), '9 12 failed', 'rows that are loaded in bulk count as well');

-- The project label of a run is its instance's.
SELECT is((SELECT project FROM runs WHERE id = 3), 'night', 'a run stands under the label of its instance');
UPDATE instances SET project = 'day' WHERE id = 3;
SELECT is((SELECT project FROM runs WHERE id = 3), 'day', 'also when that changes');

-- Outcomes.
SELECT create_run(2, 0);
SELECT claim_run(13, 4, 'host', '{}');
INSERT INTO records (run_id, n, line, kind, key, body, brief)
SELECT 13, n, 0, 'result', key, format('{"n":%s,"line":0,"kind":"result","at":1,"key":"%s","value":%s}', n, key, value), brief
FROM (VALUES (2, 'z', '1', NULL), (3, 'a', '"text"', NULL), (4, 'z', '2.50', NULL), (5, 'list', '[1]', NULL), (6, 'large', '1', '{}'),
             (7, 'none', 'null', NULL)) AS x (n, key, value, brief);
INSERT INTO metric_chunks (run_id, key, n, points, first_step, last_step, body)
VALUES (13, 'loss', 8, 2, 0, 1, '{"points":[[0,9,1],[1,0.5,2]]}'), (13, 'loss', 9, 1, 2, 2, '{"points":[[2,0.25,3]]}'), (13, 'acc', 8, 1, 0, 0, '{"points":[[0,"NaN",1]]}');
UPDATE run_heads SET records = 9 WHERE run_id = 13;
SELECT is((SELECT results::text FROM run_outcome(13)), '{ "z" : 2.50, "a" : "text", "none" : null }', 'scalar results, newest values, in the order first said');
SELECT is((SELECT metrics::text FROM run_outcome(13)), '{ "acc" : "NaN", "loss" : 0.25 }', 'and the last values of metrics');
SELECT is((SELECT count(*) FROM run_outcomes WHERE run_id = 13), 0::bigint, 'are not kept while the run goes on');
SELECT finish_run(13, 1, 'completed', NULL, NULL, 0, NULL);
SELECT is((SELECT results::text FROM run_outcomes WHERE run_id = 13), '{ "z" : 2.50, "a" : "text", "none" : null }', 'but from its end on');
SELECT is(view_run_rows(ARRAY[13::bigint]) #> '{0,results}' ->> 1, '{"key" : "a", "text" : "text"}', 'a row shows them');
SELECT is(view_run_rows('{}')::text, '[]', 'no runs are no rows');

-- The dashboard's filters, orders and pages.
CREATE FUNCTION pg_temp.found(p json) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(id::text, ' ' ORDER BY place) FROM list_instances(p, 25)
$$;
SELECT is(pg_temp.found('{}'), '4 3 2 1', 'newest first');
SELECT is(pg_temp.found('{"q":"ALPHA"}'), '1', 'a search takes any case');
SELECT is(pg_temp.found('{"q":"the fir"}'), '1', 'and looks through descriptions');
SELECT is(pg_temp.found('{"q":"50%"}'), '2', 'a per cent sign is itself');
SELECT is(pg_temp.found('{"q":"r_s"}'), '3', 'so is a low line');
SELECT is(pg_temp.found('{"q":"\\"}'), NULL, 'and a backslash');
SELECT is(pg_temp.found('{"q":"''; drop"}'), NULL, 'and a quote');
SELECT is(pg_temp.found('{"experiment":"e"}'), '2 1', 'of an experiment');
SELECT is(pg_temp.found('{"project":"day"}'), '3', 'of a project');
SELECT is(pg_temp.found('{"status":"none"}'), '1', 'never run');
SELECT is(pg_temp.found('{"status":"pending","experiment":"f","q":"gam"}'), '3', 'filters add up');
SELECT is(pg_temp.found('{"sort":"name"}'), '1 2 3 4', 'by name');
SELECT is(pg_temp.found('{"sort":"last"}'), '2 4 3 1', 'by the last run');
SELECT is(pg_temp.found('{"sort":"runs"}'), '4 3 2 1', 'by the number of runs');
SELECT is(pg_temp.found('{"sort":"runs","before":"3","key":"1"}'), '2 1', 'the page behind an instance, by runs');
SELECT is(pg_temp.found('{"sort":"name","before":"2","key":"beta 50%"}'), '3 4', 'by name');
SELECT is(pg_temp.found('{"before":"3"}'), '2 1', 'and by age');
SELECT is(pg_temp.found('{"sort":"runs","before":"x","key":"y"}'), '4 3 2 1', 'what is no place is none');
SELECT is((SELECT string_agg(name, ' ') FROM list_projects()), 'day night', 'the labels in use');

-- The filters of runs.
CREATE FUNCTION pg_temp.runs(p json, p_limit int) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(id::text, ' ') FROM list_runs(p, p_limit) $$;
SELECT is(pg_temp.runs('{}', 3), '13 12 11', 'newest first');
SELECT is(pg_temp.runs('{"before":"5"}', 9), '4 3', 'those before one');
SELECT is(pg_temp.runs('{"status":"failed"}', 9), '12', 'of a status');
SELECT is(pg_temp.runs('{"experiment":"g","before":"12"}', 2), '11 10', 'of an experiment, over all statuses');
SELECT is(pg_temp.runs('{"instance":"4","status":"completed"}', 1), '11', 'of an instance');
SELECT is(pg_temp.runs('{"project":"day"}', 9) || '/' || pg_temp.runs('{"project":"day","experiment":"f"}', 9), '3/3', 'of a project');
SELECT is(pg_temp.runs('{"project":"day","experiment":"e"}', 9), NULL, 'and none');

-- Deleting and cancelling many.
SELECT throws_ok('SELECT delete_runs(ARRAY[3, 13])', 'AT409', NULL, 'an active run is not deleted, nor those with it');
SELECT is(delete_runs(ARRAY[13, 99]), 1::bigint, 'what is gone already is skipped');
SELECT is((SELECT count(*) FROM records WHERE run_id = 13) + (SELECT count(*) FROM metric_chunks WHERE run_id = 13)
          + (SELECT count(*) FROM run_outcomes WHERE run_id = 13), 0::bigint, 'nothing of it stays');
SELECT is(cancel_runs(ARRAY[3, 12, 99, 3]), 1::bigint, 'those that have ended are not asked to end');
SELECT is((SELECT status FROM runs WHERE id = 3), 'cancelled', 'the others are');

SELECT * FROM finish();
ROLLBACK;
