-- Which transactions have changed what a page may show beside what its run says: an answer of the pages that is kept is true until there
-- is one that it did not see (fcgi/pages/stamp.h). Who changes something adds a row of its own, so nobody waits for anybody; log lines
-- and records add none, they move the head of their run.
CREATE TABLE site_changes (
    xid xid8 PRIMARY KEY
);

-- One row: `next` was the oldest transaction under way at `at`, and `until` that of a minute before or more. What lies before `until`
-- has been over for so long that no page asks about it, and goes (functions/site_changes.sql).
CREATE TABLE site_changes_past (
    until xid8 NOT NULL,
    next  xid8 NOT NULL,
    at    timestamptz NOT NULL DEFAULT now()
);
INSERT INTO site_changes_past (until, next) VALUES ('0', '0');

-- A transaction without a number has changed nothing: the statement met no row.
CREATE FUNCTION site_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
        INSERT INTO site_changes (xid) VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

-- They also tell of rows that are loaded in bulk.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['instances', 'instance_facts', 'runs', 'experiments', 'pipelines', 'pipeline_versions', 'data_sources', 'data_uses'] LOOP
        EXECUTE format('CREATE TRIGGER site_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION site_changed()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER site_changed', name);
    END LOOP;
END
$$;

-- Runners beat every 3 s. That shows only where one had fallen still: it counts as gone after 15 s.
CREATE TRIGGER site_changed AFTER INSERT OR DELETE OR TRUNCATE ON runners
    FOR EACH STATEMENT EXECUTE FUNCTION site_changed();
CREATE TRIGGER site_changed_runner AFTER UPDATE ON runners
    FOR EACH ROW WHEN (OLD.stopped_at IS DISTINCT FROM NEW.stopped_at
                       OR NEW.heartbeat_at NOT BETWEEN OLD.heartbeat_at AND OLD.heartbeat_at + interval '10 seconds')
    EXECUTE FUNCTION site_changed();
ALTER TABLE runners ENABLE ALWAYS TRIGGER site_changed;
ALTER TABLE runners ENABLE ALWAYS TRIGGER site_changed_runner;
