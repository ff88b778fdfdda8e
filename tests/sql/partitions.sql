-- What runs say is partitioned by run id, and partitions appear as runs are made.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(7);

SELECT has_table('log_chunks_0'::name);
INSERT INTO instances (experiment, name) VALUES ('e', 'i');
SELECT hasnt_table('log_chunks_1'::name);
SELECT setval(pg_get_serial_sequence('runs', 'id'), run_partition_size(), false);
SELECT is(create_run(1, 0), run_partition_size(), 'the first run of the next partition is made');
SELECT has_table('records_1'::name);
SELECT lives_ok($$SELECT claim_run(65536, 1, 'h', '{}')$$, 'and its records have a place');
SELECT is((SELECT count(*) FROM records_1), 1::bigint, 'in its partition');
SELECT lives_ok('SELECT ensure_run_partitions(65536), ensure_run_partitions(65537)', 'making them again does nothing');

SELECT * FROM finish();
ROLLBACK;
