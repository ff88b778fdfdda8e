-- What lists of instances and runs filter, sort and count by, so that each page of them costs a few look-ups however many there are.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Searched, sorted and filtered by on the dashboard. None of these columns changes as runs are made, so those updates of
-- an instance touch no index.
CREATE INDEX instances_words ON instances USING gin
    (lower(name || ' ' || experiment || ' ' || project || ' ' || description) gin_trgm_ops);
CREATE INDEX instances_name ON instances (lower(name), id);
CREATE INDEX instances_experiment ON instances (experiment, id);
CREATE INDEX instances_project ON instances (project, id) WHERE project <> '';

-- A run stands under the project label that its instance has now.
ALTER TABLE runs ADD COLUMN project text NOT NULL DEFAULT '';
UPDATE runs r SET project = i.project FROM instances i WHERE i.id = r.instance_id AND i.project <> '';
CREATE INDEX runs_of_instance ON runs (instance_id, status, id);
CREATE INDEX runs_of_experiment ON runs (experiment, status, id);
CREATE INDEX runs_of_project ON runs (project, status, id) WHERE project <> '';

CREATE FUNCTION instances_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE runs SET project = NEW.project WHERE instance_id = NEW.id AND project <> NEW.project;
    RETURN NULL;
END
$$;
CREATE TRIGGER instances_project AFTER UPDATE OF project ON instances
    FOR EACH ROW WHEN (OLD.project <> NEW.project) EXECUTE FUNCTION instances_project();

CREATE OR REPLACE FUNCTION create_run(p_instance bigint, p_priority int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    i  instances;
    id bigint;
BEGIN
    UPDATE instances SET runs_made = runs_made + 1 WHERE instances.id = p_instance RETURNING * INTO i;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no instance %', p_instance USING ERRCODE = 'AT404';
    END IF;
    INSERT INTO runs (instance_id, number, experiment, project, priority, configuration)
    VALUES (i.id, i.runs_made, i.experiment, i.project, p_priority, i.configuration)
    RETURNING runs.id INTO id;
    RETURN id;
END
$$;

-- One narrow row an instance: how many runs it has, and the newest. Kept by the triggers below alone, which also fire for rows
-- that are loaded in bulk.
CREATE TABLE instance_facts (
    instance_id bigint PRIMARY KEY REFERENCES instances ON DELETE CASCADE,
    runs        bigint NOT NULL DEFAULT 0,
    last_run    bigint NOT NULL DEFAULT 0, -- id of the newest run; 0: there is none
    last_status text NOT NULL DEFAULT 'none'
) WITH (fillfactor = 50);
INSERT INTO instance_facts (instance_id, runs, last_run, last_status)
SELECT i.id, coalesce(n.runs, 0), coalesce(n.last_run, 0), coalesce(r.status, 'none')
FROM instances i
LEFT JOIN (SELECT instance_id, count(*) AS runs, max(id) AS last_run FROM runs GROUP BY instance_id) n ON n.instance_id = i.id
LEFT JOIN runs r ON r.id = n.last_run;
CREATE INDEX instance_facts_status ON instance_facts (last_status, instance_id);
CREATE INDEX instance_facts_last ON instance_facts (last_run, instance_id);
CREATE INDEX instance_facts_runs ON instance_facts (runs, instance_id);

CREATE FUNCTION instances_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO instance_facts (instance_id) SELECT id FROM added ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER instances_facts AFTER INSERT ON instances
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION instances_facts();
ALTER TABLE instances ENABLE ALWAYS TRIGGER instances_facts;

CREATE FUNCTION runs_facts_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE instance_facts f
    SET runs = f.runs + n.runs, last_run = greatest(f.last_run, n.last_run),
        last_status = CASE WHEN n.last_run > f.last_run THEN (SELECT a.status FROM added a WHERE a.id = n.last_run) ELSE f.last_status END
    FROM (SELECT instance_id, count(*) AS runs, max(id) AS last_run FROM added GROUP BY instance_id) n
    WHERE f.instance_id = n.instance_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER runs_facts_added AFTER INSERT ON runs
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION runs_facts_added();
ALTER TABLE runs ENABLE ALWAYS TRIGGER runs_facts_added;

CREATE FUNCTION runs_facts_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE instance_facts SET last_status = NEW.status WHERE instance_id = NEW.instance_id AND last_run = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER runs_facts_changed AFTER UPDATE OF status ON runs
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION runs_facts_changed();
ALTER TABLE runs ENABLE ALWAYS TRIGGER runs_facts_changed;

-- Where the newest run goes, the newest that is left takes its place; it is locked, for it may be about to end.
CREATE FUNCTION runs_facts_gone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    n record;
    f instance_facts;
BEGIN
    FOR n IN SELECT instance_id, count(*) AS runs, max(id) AS last_run FROM gone GROUP BY instance_id ORDER BY instance_id LOOP
        UPDATE instance_facts SET runs = runs - n.runs WHERE instance_id = n.instance_id RETURNING * INTO f;
        IF f.last_run <= n.last_run THEN
            SELECT r.id, r.status INTO f.last_run, f.last_status FROM runs r
            WHERE r.instance_id = n.instance_id ORDER BY r.id DESC LIMIT 1 FOR SHARE;
            UPDATE instance_facts SET last_run = coalesce(f.last_run, 0), last_status = coalesce(f.last_status, 'none')
            WHERE instance_id = n.instance_id;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER runs_facts_gone AFTER DELETE ON runs
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION runs_facts_gone();
ALTER TABLE runs ENABLE ALWAYS TRIGGER runs_facts_gone;

-- What a run came to: its scalar results {"accuracy":0.9} in the order in which their keys were first said, and the last value of
-- each metric. Written once, when it ends; before that, and for what is loaded by other means, run_outcome says the same.
CREATE TABLE run_outcomes (
    run_id  bigint PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    results json NOT NULL,
    metrics json NOT NULL
);

CREATE FUNCTION runs_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO run_outcomes (run_id, results, metrics) SELECT NEW.id, o.results, o.metrics FROM run_outcome(NEW.id) o;
    RETURN NULL;
END
$$;
CREATE TRIGGER runs_outcome AFTER UPDATE OF status ON runs
    FOR EACH ROW WHEN (NEW.finished_at IS NOT NULL AND OLD.finished_at IS NULL) EXECUTE FUNCTION runs_outcome();

-- Takes ended runs and all that they said; those that are gone already are skipped, an active one is refused. All are locked
-- before anything else is, in the order of their ids, so that deletions do not wait for each other in a circle.
CREATE FUNCTION delete_runs(p_runs bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    r    record;
    gone bigint;
BEGIN
    FOR r IN SELECT id, status FROM runs WHERE id = ANY (p_runs) ORDER BY id FOR UPDATE LOOP
        IF r.status IN ('pending', 'running') THEN
            RAISE EXCEPTION 'run % is % and cannot be deleted: cancel it first', r.id, r.status USING ERRCODE = 'AT409';
        END IF;
    END LOOP;
    INSERT INTO freed_contents (sha256) SELECT DISTINCT sha256 FROM artifacts WHERE run_id = ANY (p_runs);
    DELETE FROM log_chunks WHERE run_id = ANY (p_runs);
    DELETE FROM log_marks WHERE run_id = ANY (p_runs);
    DELETE FROM records WHERE run_id = ANY (p_runs);
    DELETE FROM metric_chunks WHERE run_id = ANY (p_runs);
    DELETE FROM runs WHERE id = ANY (p_runs);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

CREATE OR REPLACE FUNCTION delete_run(p_run bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF delete_runs(ARRAY[p_run]) = 0 THEN
        RAISE EXCEPTION 'there is no run %', p_run USING ERRCODE = 'AT404';
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION delete_instance(p_instance bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    active bigint;
BEGIN
    PERFORM FROM instances WHERE id = p_instance FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no instance %', p_instance USING ERRCODE = 'AT404';
    END IF;
    SELECT count(*) INTO active FROM runs WHERE instance_id = p_instance AND status IN ('pending', 'running');
    IF active > 0 THEN
        RAISE EXCEPTION 'instance % has % active run(s): cancel them first', p_instance, active
            USING ERRCODE = 'AT409';
    END IF;
    PERFORM delete_runs(ARRAY(SELECT id FROM runs WHERE instance_id = p_instance));
    DELETE FROM instances WHERE id = p_instance;
END
$$;

-- What a deleted run leaves is room for the next only after a vacuum: it comes when a twentieth of a partition is dead, and not,
-- as for other tables, a fifth.
CREATE FUNCTION tune_run_partition(p_table text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I SET (toast_tuple_target = 128, autovacuum_vacuum_threshold = 200,
                    autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_threshold = 200,
                    toast.autovacuum_vacuum_scale_factor = 0.05)', p_table);
END
$$;
SELECT tune_run_partition(inhrelid::regclass::text) FROM pg_inherits
WHERE inhparent IN ('log_chunks'::regclass, 'log_marks'::regclass, 'records'::regclass, 'metric_chunks'::regclass);

CREATE OR REPLACE FUNCTION ensure_run_partitions(p_run bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    size  bigint := run_partition_size();
    part  bigint := p_run / size;
    base  text;
BEGIN
    IF to_regclass(format('metric_chunks_%s', part)) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('athanor run partitions'));
    FOREACH base IN ARRAY ARRAY['log_chunks', 'log_marks', 'records', 'metric_chunks'] LOOP
        IF to_regclass(format('%s_%s', base, part)) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', base || '_' || part, base);
            PERFORM tune_run_partition(base || '_' || part);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                           base, base || '_' || part, part * size, (part + 1) * size);
        END IF;
    END LOOP;
END
$$;
