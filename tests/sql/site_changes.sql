-- Changes are remembered for as long as a page may ask about them, and no longer.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(11);

CREATE FUNCTION pg_temp.known() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(CASE WHEN xid = pg_current_xact_id() THEN 'this' ELSE xid::text END, ' ' ORDER BY xid), '') FROM site_changes
$$;
CREATE FUNCTION pg_temp.minute_passes() RETURNS void LANGUAGE sql AS $$
    UPDATE site_changes_past SET at = at - interval '61 seconds'
$$;
DELETE FROM site_changes;
UPDATE site_changes_past SET until = '0', next = '0', at = now();
INSERT INTO instances (experiment, name) VALUES ('e', 'i');
SELECT is(pg_temp.known(), 'this', 'a change is told');
UPDATE instances SET name = 'j';
SELECT create_run(1, 0), claim_run(1, NULL, 'host', '{}');
SELECT is(pg_temp.known(), 'this', 'once for a transaction');
DELETE FROM site_changes;
SAVEPOINT s;
UPDATE instances SET name = 'k';
SELECT is(pg_temp.known(), 'this', 'a part of a transaction tells of the whole');
ROLLBACK TO s;
SELECT is(pg_temp.known(), '', 'of nothing where it is undone');
UPDATE run_heads SET lines = lines + 1 WHERE run_id = 1;
SELECT is(pg_temp.known(), '', 'nor does what a run says');

INSERT INTO site_changes VALUES ('5'), (pg_current_xact_id());
SELECT forget_site_changes();
SELECT pg_temp.minute_passes(), forget_site_changes();
SELECT is(pg_temp.known(), '5 this', 'what was over a minute ago is not known at first');
SELECT forget_site_changes();
SELECT is(pg_temp.known(), '5 this', 'nothing goes before another minute has passed');
SELECT pg_temp.minute_passes(), forget_site_changes();
SELECT is(pg_temp.known(), 'this', 'then all that was over goes, and what is under way stays');
SELECT is((SELECT count(*) FROM site_changes_past), 1::bigint, 'where that stands is one row');

INSERT INTO site_changes VALUES ('5'), ('999999999999');
UPDATE site_changes_past SET until = '999999999000', next = '999999999000';
SELECT pg_temp.minute_passes(), forget_site_changes();
SELECT is(pg_temp.known(), '5 this', 'a number of another cluster goes, and nothing is over because of one');
SELECT pg_temp.minute_passes(), forget_site_changes();
SELECT is(pg_temp.known(), 'this', 'a minute later all is as ever');
SELECT * FROM finish();
ROLLBACK;
