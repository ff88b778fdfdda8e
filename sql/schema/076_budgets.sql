-- What tokens may spend on runs, and which token started a run (functions/budgets.sql).

ALTER TABLE api_tokens
    ADD COLUMN run_budget int CHECK (run_budget > 0),       -- runs that it may start; null: any number
    ADD COLUMN minute_budget int CHECK (minute_budget > 0), -- minutes that its runs may take together; null: any
    ADD COLUMN runs_started bigint NOT NULL DEFAULT 0,
    ADD COLUMN ms_used bigint NOT NULL DEFAULT 0;           -- by runs that have ended

ALTER TABLE runs
    ADD COLUMN token_id bigint REFERENCES api_tokens ON DELETE SET NULL,
    ADD COLUMN time_limit_s int CHECK (time_limit_s > 0);   -- beside the experiment's own; null: none
CREATE INDEX runs_of_token ON runs (token_id, status) WHERE token_id IS NOT NULL;

CREATE FUNCTION runs_spent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE api_tokens SET ms_used = ms_used + ceil(extract(epoch FROM NEW.finished_at - NEW.started_at) * 1000)
    WHERE id = NEW.token_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER runs_spent AFTER UPDATE OF finished_at ON runs
    FOR EACH ROW WHEN (NEW.token_id IS NOT NULL AND OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL AND NEW.started_at IS NOT NULL)
    EXECUTE FUNCTION runs_spent();
