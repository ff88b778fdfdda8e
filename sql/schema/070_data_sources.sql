-- Tables that people upload, for experiments to read. Their contents lie in the store beside those of artifacts, each once, named by
-- their SHA-256. A row is one content for ever: uploaded anew under the same name it becomes another row, and the one before it is
-- `replaced`, and stays as long as an instance or a run uses it.

CREATE TABLE data_sources (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project     text NOT NULL DEFAULT '' CHECK (length(project) <= 100),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    version     int NOT NULL DEFAULT 1, -- counts within the name
    bytes       bigint NOT NULL CHECK (bytes > 0),
    sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    rows        bigint NOT NULL CHECK (rows >= 0),
    delimiter   text NOT NULL,
    columns     json NOT NULL,              -- [{"name","type","missing"}]
    sample      json NOT NULL DEFAULT '[]', -- the texts of the first rows
    notes       json NOT NULL DEFAULT '[]', -- what is odd about the file, in words
    created_by  text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    replaced_at timestamptz,
    instances   bigint NOT NULL DEFAULT 0,  -- that use it, and runs: kept by the triggers of data_uses
    runs        bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX data_sources_name ON data_sources (project, name) WHERE replaced_at IS NULL;
CREATE INDEX data_sources_content ON data_sources (sha256);
CREATE INDEX data_sources_current ON data_sources (id) WHERE replaced_at IS NULL;
CREATE INDEX data_sources_project ON data_sources (project, id);

-- Who refers to a data source in its configuration. What is referred to cannot be deleted, since nothing here cascades from it.
CREATE TABLE data_uses (
    source_id   bigint NOT NULL REFERENCES data_sources,
    instance_id bigint REFERENCES instances ON DELETE CASCADE,
    run_id      bigint REFERENCES runs ON DELETE CASCADE,
    CHECK (num_nonnulls(instance_id, run_id) = 1)
);
CREATE UNIQUE INDEX data_uses_instance ON data_uses (instance_id, source_id) WHERE instance_id IS NOT NULL;
CREATE UNIQUE INDEX data_uses_run ON data_uses (run_id, source_id) WHERE run_id IS NOT NULL;
CREATE INDEX data_uses_runs_of ON data_uses (source_id, run_id);
CREATE INDEX data_uses_instances_of ON data_uses (source_id, instance_id) WHERE instance_id IS NOT NULL;

-- What stays in use is not let go in between.
CREATE FUNCTION instances_data_uses() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    used bigint[];
BEGIN
    used := ARRAY(SELECT DISTINCT data_source_of(r.name, r.sha256, NEW.project) AS id FROM data_references(NEW.configuration) r ORDER BY 1);
    INSERT INTO data_uses (source_id, instance_id) SELECT x.id, NEW.id FROM unnest(used) AS x (id) WHERE x.id IS NOT NULL
    ON CONFLICT DO NOTHING;
    DELETE FROM data_uses WHERE instance_id = NEW.id AND source_id <> ALL (array_remove(used, NULL));
    RETURN NULL;
END
$$;
CREATE TRIGGER instances_data_uses AFTER INSERT ON instances
    FOR EACH ROW WHEN (NEW.configuration::text LIKE '%@sha256:%') EXECUTE FUNCTION instances_data_uses();
CREATE TRIGGER instances_data_uses_changed AFTER UPDATE OF configuration ON instances
    FOR EACH ROW WHEN (OLD.configuration::text <> NEW.configuration::text
                       AND (OLD.configuration::text LIKE '%@sha256:%' OR NEW.configuration::text LIKE '%@sha256:%'))
    EXECUTE FUNCTION instances_data_uses();

CREATE FUNCTION runs_data_uses() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    used bigint[];
BEGIN
    used := ARRAY(SELECT DISTINCT data_source_of(r.name, r.sha256, NEW.project) AS id FROM data_references(NEW.configuration) r ORDER BY 1);
    INSERT INTO data_uses (source_id, run_id) SELECT x.id, NEW.id FROM unnest(used) AS x (id) WHERE x.id IS NOT NULL
    ON CONFLICT DO NOTHING;
    DELETE FROM data_uses WHERE run_id = NEW.id AND source_id <> ALL (array_remove(used, NULL));
    RETURN NULL;
END
$$;
CREATE TRIGGER runs_data_uses AFTER INSERT ON runs
    FOR EACH ROW WHEN (NEW.configuration::text LIKE '%@sha256:%') EXECUTE FUNCTION runs_data_uses();
CREATE TRIGGER runs_data_uses_changed AFTER UPDATE OF configuration ON runs
    FOR EACH ROW WHEN (OLD.configuration::text <> NEW.configuration::text
                       AND (OLD.configuration::text LIKE '%@sha256:%' OR NEW.configuration::text LIKE '%@sha256:%'))
    EXECUTE FUNCTION runs_data_uses();

CREATE FUNCTION data_uses_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE data_sources s SET instances = s.instances + n.instances, runs = s.runs + n.runs
    FROM (SELECT source_id, count(instance_id) AS instances, count(run_id) AS runs FROM added GROUP BY source_id) n
    WHERE s.id = n.source_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER data_uses_added AFTER INSERT ON data_uses
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION data_uses_added();

-- A replaced data source goes with its last use.
CREATE FUNCTION data_uses_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE data_sources s SET instances = s.instances - n.instances, runs = s.runs - n.runs
    FROM (SELECT source_id, count(instance_id) AS instances, count(run_id) AS runs FROM gone GROUP BY source_id) n
    WHERE s.id = n.source_id;
    DELETE FROM data_sources s USING (SELECT DISTINCT source_id FROM gone) n
    WHERE s.id = n.source_id AND s.replaced_at IS NOT NULL AND s.instances = 0 AND s.runs = 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER data_uses_gone AFTER DELETE ON data_uses
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION data_uses_gone();

-- What all of them take: one row, against which the quota is held.
CREATE TABLE data_total (
    bytes bigint NOT NULL
);
INSERT INTO data_total VALUES (0);

CREATE FUNCTION data_sources_total() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE data_total SET bytes = bytes + NEW.bytes;
    ELSE
        UPDATE data_total SET bytes = bytes - OLD.bytes;
        INSERT INTO freed_contents (sha256) VALUES (OLD.sha256);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER data_sources_total AFTER INSERT OR DELETE ON data_sources
    FOR EACH ROW EXECUTE FUNCTION data_sources_total();
