-- What stands in the way of a run while it waits or runs, in its supervisor's words (or its daemon's, before it has one).
ALTER TABLE run_heads ADD COLUMN trouble text;

CREATE FUNCTION heads_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('athanor_changes', format('run %s', NEW.run_id));
    RETURN NULL;
END
$$;
CREATE TRIGGER heads_notify AFTER UPDATE OF trouble ON run_heads
    FOR EACH ROW WHEN (OLD.trouble IS DISTINCT FROM NEW.trouble) EXECUTE FUNCTION heads_notify();

-- Made anew in sql/views.
DROP VIEW api_runs;
