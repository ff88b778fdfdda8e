-- The page of a run that waits says whether a runner offers its experiment: offers tell of their changes too (077_site_changes.sql).
CREATE TRIGGER site_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON offers
    FOR EACH STATEMENT EXECUTE FUNCTION site_changed();
ALTER TABLE offers ENABLE ALWAYS TRIGGER site_changed;
