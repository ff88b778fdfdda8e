-- The leaderboard's first page, by the rules that the browser goes on with: tests/shared/table.json.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\set cases `cat tests/shared/table.json`

INSERT INTO instances (experiment, name, configuration) VALUES ('e', 'i', '{}');
CREATE TEMPORARY TABLE cases AS
    SELECT c, create_run(1, 0) AS run FROM json_array_elements(:'cases'::json -> 'columns') c;
INSERT INTO records (run_id, n, line, kind, key, body)
    SELECT run, x.place, 0, 'row', 't', format('{"values":{%s}}', '"v":' || (x.cell #>> '{}'))
    FROM cases, json_array_elements(c -> 'cells') WITH ORDINALITY AS x (cell, place);

CREATE FUNCTION pg_temp.cells(p_run bigint, p_better text, p_member text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(coalesce(x.line -> 'cells' -> 0 ->> p_member, '') ORDER BY x.place)
    FROM json_array_elements(view_tables(p_run, '{}', 100, json_build_object('v', json_build_object('better', p_better))) -> 'tables' -> 0 -> 'rows') WITH ORDINALITY AS x (line, place)
$$;
CREATE FUNCTION pg_temp.marked(p_run bigint, p_better text) RETURNS int[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(x.place - 1 ORDER BY x.place) FILTER (WHERE x.best = 'true'), '{}')::int[] FROM unnest(pg_temp.cells(p_run, p_better, 'best')) WITH ORDINALITY AS x (best, place)
$$;
CREATE FUNCTION pg_temp.ints(p json) RETURNS int[] LANGUAGE sql AS $$ SELECT coalesce(array_agg(x::int), '{}') FROM json_array_elements_text(p) x $$;

SELECT is(pg_temp.cells(run, 'high', 'text'), ARRAY(SELECT json_array_elements_text(c -> 'text')), c ->> 'name') FROM cases;
SELECT is(coalesce((view_tables(run, '{}', 100, '{}') -> 'tables' -> 0 -> 'columns' -> 0 ->> 'numeric')::boolean, false), (c ->> 'numeric')::boolean, (c ->> 'name') || ': numeric') FROM cases;
SELECT is(pg_temp.marked(run, 'high'), pg_temp.ints(c -> 'high'), (c ->> 'name') || ': high') FROM cases;
SELECT is(pg_temp.marked(run, 'low'), pg_temp.ints(c -> 'low'), (c ->> 'name') || ': low') FROM cases;

-- Pages, and what a number must not do.
INSERT INTO records (run_id, n, line, kind, key, body)
    SELECT 1, 100 + i, 0, 'row', 'long', format('{"values":{"i":%s,"huge":1e99999999}}', i) FROM generate_series(1, 7) i;
SELECT is(json_array_length(view_tables(1, '{}', 3, NULL) -> 'tables' -> 1 -> 'rows'), 3, 'as many rows as are asked for');
SELECT is(view_tables(1, '{}', 3, NULL) -> 'tables' -> 1 -> 'more' ->> 'href', '?tab=leaderboard&table=long&after=103', 'and where the others are');
SELECT is(view_tables(1, '{"table":"long","after":"106"}', 3, NULL) #>> '{tables,0,rows,0,cells,0,text}', '7', 'a page goes on in one table');
SELECT is(view_tables(1, '{"table":"long","after":"106"}', 3, NULL) #>> '{tables,0,rows,0,cells,1,text}', '1e99999999', 'a number that nothing holds stands as it is');
SELECT is(view_tables(1, '{"table":"long","after":"x"}', 3, NULL) #>> '{tables,0,more,href}', '?tab=leaderboard&table=long&after=103', 'a bad cursor is none');
SELECT is((view_tables(2, '{}', 3, NULL) ->> 'none')::boolean, false, 'a run with rows');
SELECT is((view_tables(999, '{}', 3, NULL) ->> 'none')::boolean, true, 'a run without');

SELECT * FROM finish();
ROLLBACK;
