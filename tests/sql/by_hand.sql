-- The views for people who ask by hand: lines of logs and points of metrics as rows.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(6);

INSERT INTO instances (experiment, name) VALUES ('e', 'i');
SELECT create_run(1, 0);
SELECT ensure_run_partitions(1);
INSERT INTO log_chunks (run_id, first_line, last_line, first_byte, last_byte, debugs, infos, warns, errors, body) VALUES
    (1, 1, 2, 0, 10, 0, 1, 0, 1, E'{"first":1,"lines":[[1700000000123,1,"one"],\t[1700000000124,3,"two",2,{"a":1}]]}'),
    (1, 3, 4, 10, 20, 1, 0, 1, 0, E'{"first":3,"lines":[[1700000000125,0,"thr",1,null,1],\t[1700000000126,2,"ee",1]]}'),
    (2, 1, 1, 0, 1, 0, 1, 0, 0, '{"first":1,"lines":[[1,1,"another run"]]}');
INSERT INTO metric_chunks (run_id, key, n, points, first_step, last_step, body) VALUES
    (1, 'loss', 2, 4, 0, 3, E'{"points":[[0,0.5,1700000000123],\t[1,"NaN",1700000000124],\t[2,1e400,1700000000125],\t[3,-1e-400,1700000000126]]}'),
    (1, 'loss', 5, 1, 4, 4, '{"points":[[4,"-Infinity",1700000000127]]}');

SELECT results_eq(
    'SELECT line, level, source, text, metadata::text, continued FROM log_lines WHERE run_id = 1 ORDER BY line',
    $$VALUES (1::bigint, 'info', 'stdout', 'one', NULL, false), (2, 'error', 'message', 'two', '{"a":1}', false),
             (3, 'debug', 'stderr', 'thr', NULL, true), (4, 'warn', 'stderr', 'ee', NULL, false)$$,
    'log_lines has a row a line, numbered on over chunks');
SELECT is((SELECT at FROM log_lines WHERE run_id = 1 AND line = 1), '2023-11-14 22:13:20.123+00'::timestamptz, 'with its time');
SELECT results_eq(
    'SELECT text FROM log_lines WHERE run_id = 1 AND chunk_first <= 3 AND chunk_last >= 3 AND line <= 3',
    $$VALUES ('thr'::text)$$, 'and its chunk, by which the others are skipped');
SELECT results_eq(
    'SELECT key, record, place, step, value FROM metric_points WHERE run_id = 1 ORDER BY key, record, place',
    $$VALUES ('loss', 2::bigint, 1::bigint, 0::float8, 0.5::float8), ('loss', 2, 2, 1, 'NaN'), ('loss', 2, 3, 2, 'Infinity'),
             ('loss', 2, 4, 3, 0), ('loss', 5, 1, 4, '-Infinity')$$,
    'metric_points has a row a point, whatever its value');
SELECT is((SELECT at FROM metric_points WHERE run_id = 1 AND step = 4), '2023-11-14 22:13:20.127+00'::timestamptz, 'with its time');
SELECT is((SELECT count(*) FROM log_lines), 5::bigint, 'runs stand beside each other');

SELECT * FROM finish();
ROLLBACK;
