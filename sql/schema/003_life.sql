-- The life of a run, in functions. Our own errors carry SQLSTATE AT404 (no such thing), AT409 (its state forbids
-- it) or AT422 (a bad value); their messages are fit for users.

-- pending -> running -> completed | failed | cancelled, and pending -> cancelled | failed. A terminal
-- status needs its terminal record, which only finish_run writes.
CREATE FUNCTION runs_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'pending' THEN
            RAISE EXCEPTION 'a run begins as pending, not as %', NEW.status USING ERRCODE = 'AT409';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status IN ('completed', 'failed', 'cancelled') AND
       (NEW.status, NEW.reason, NEW.error, NEW.finished_at) IS DISTINCT FROM
       (OLD.status, OLD.reason, OLD.error, OLD.finished_at) THEN
        RAISE EXCEPTION 'run % has ended as % and stays so', OLD.id, OLD.status USING ERRCODE = 'AT409';
    END IF;
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NEW.status = 'pending' THEN
        RAISE EXCEPTION 'run % cannot go back to pending', OLD.id USING ERRCODE = 'AT409';
    END IF;
    IF NEW.status = 'completed' AND OLD.status <> 'running' THEN
        RAISE EXCEPTION 'run % cannot complete before it ran', OLD.id USING ERRCODE = 'AT409';
    END IF;
    IF NEW.status <> 'running' AND NOT EXISTS (
        SELECT FROM run_heads h JOIN records r ON r.run_id = h.run_id AND r.n = h.records
        WHERE h.run_id = NEW.id AND r.kind = 'status' AND r.key = NEW.status) THEN
        RAISE EXCEPTION 'run % can only end through finish_run', OLD.id USING ERRCODE = 'AT409';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER runs_guard BEFORE INSERT OR UPDATE OF status, reason, error, finished_at ON runs
    FOR EACH ROW EXECUTE FUNCTION runs_guard();

CREATE FUNCTION runs_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ensure_run_partitions(NEW.id);
    INSERT INTO run_heads (run_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER runs_head AFTER INSERT ON runs FOR EACH ROW EXECUTE FUNCTION runs_head();

-- Tells who waits: the relay (athanor_changes), the daemons (athanor_queue), the run's supervisor (athanor_run_N).
CREATE FUNCTION runs_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM pg_notify('athanor_changes', format('run %s deleted', OLD.id));
        RETURN NULL;
    END IF;
    PERFORM pg_notify('athanor_changes', format('run %s', NEW.id));
    IF TG_OP = 'INSERT' THEN
        PERFORM pg_notify('athanor_queue', '');
    ELSIF (NEW.cancel_requested_at, NEW.cancel_forced) IS DISTINCT FROM
          (OLD.cancel_requested_at, OLD.cancel_forced) THEN
        PERFORM pg_notify('athanor_run_' || NEW.id, 'cancel');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER runs_notify AFTER INSERT OR DELETE
    OR UPDATE OF status, cancel_requested_at, cancel_forced, reason, error, priority ON runs
    FOR EACH ROW EXECUTE FUNCTION runs_notify();

CREATE FUNCTION instances_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM pg_notify('athanor_changes', format('instance %s deleted', OLD.id));
    ELSE
        PERFORM pg_notify('athanor_changes', format('instance %s', NEW.id));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER instances_notify AFTER INSERT OR DELETE
    OR UPDATE OF name, description, project, configuration ON instances
    FOR EACH ROW EXECUTE FUNCTION instances_notify();

CREATE FUNCTION sessions_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('athanor_changes', 'sessions');
    RETURN NULL;
END
$$;
CREATE TRIGGER sessions_notify AFTER DELETE ON sessions
    FOR EACH ROW EXECUTE FUNCTION sessions_notify();
CREATE TRIGGER tokens_notify AFTER DELETE OR UPDATE OF revoked_at, expires_at, scope ON api_tokens
    FOR EACH ROW EXECUTE FUNCTION sessions_notify();

-- Makes a pending run of an instance with its configuration copied in.
CREATE FUNCTION create_run(p_instance bigint, p_priority int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    i  instances;
    id bigint;
BEGIN
    UPDATE instances SET runs_made = runs_made + 1 WHERE instances.id = p_instance RETURNING * INTO i;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no instance %', p_instance USING ERRCODE = 'AT404';
    END IF;
    INSERT INTO runs (instance_id, number, experiment, priority, configuration)
    VALUES (i.id, i.runs_made, i.experiment, p_priority, i.configuration)
    RETURNING runs.id INTO id;
    RETURN id;
END
$$;

-- Appends a status record to a run whose head is locked by the caller. Returns its text.
CREATE FUNCTION put_status_record(p_run bigint, p_status text, p_reason text, p_error text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    h    run_heads;
    body text;
BEGIN
    UPDATE run_heads SET records = records + 1, said_at = clock_timestamp()
    WHERE run_id = p_run RETURNING * INTO h;
    body := format('{"n":%s,"line":%s,"kind":"status","at":%s,"status":%s,"reason":%s,"error":%s}',
                   h.records, h.lines, epoch_ms(clock_timestamp()), to_json(p_status),
                   coalesce(to_json(p_reason)::text, 'null'), coalesce(to_json(p_error)::text, 'null'));
    INSERT INTO records (run_id, n, line, kind, key, body)
    VALUES (p_run, h.records, h.lines, 'status', p_status, body);
    RETURN body;
END
$$;

-- A supervisor takes a pending run: pending -> running, a new epoch, the first record. No row when
-- the run is not pending any more.
CREATE FUNCTION claim_run(p_run bigint, p_runner bigint, p_host text, p_snapshot json)
RETURNS TABLE (epoch int, lines bigint, records bigint, body text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM run_heads h WHERE h.run_id = p_run FOR UPDATE;
    UPDATE runs SET status = 'running', started_at = clock_timestamp(), runner_id = p_runner,
                    host = p_host, snapshot = p_snapshot, reserved_by = NULL, reserved_until = NULL
    WHERE id = p_run AND status = 'pending';
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE run_heads h SET epoch = h.epoch + 1, heartbeat = h.heartbeat + 1, heartbeat_at = clock_timestamp()
    WHERE h.run_id = p_run;
    body := put_status_record(p_run, 'running', NULL, NULL);
    RETURN QUERY SELECT h.epoch, h.lines, h.records, claim_run.body FROM run_heads h WHERE h.run_id = p_run;
END
$$;

-- The only way to a terminal status: the terminal record and the status together, and a new epoch, so that
-- nothing can be appended behind them. p_epoch null: whoever writes (recovery, cancel of a pending run).
-- No row when the run has ended already or the epoch is another's.
CREATE FUNCTION finish_run(p_run bigint, p_epoch int, p_status text, p_reason text, p_error text,
                           p_exit int, p_signal int)
RETURNS TABLE (epoch int, lines bigint, records bigint, body text) LANGUAGE plpgsql AS $$
DECLARE
    h   run_heads;
    was text;
BEGIN
    SELECT * INTO h FROM run_heads WHERE run_id = p_run FOR UPDATE;
    IF NOT FOUND OR (p_epoch IS NOT NULL AND h.epoch <> p_epoch) THEN
        RETURN;
    END IF;
    SELECT status INTO was FROM runs WHERE id = p_run FOR UPDATE;
    IF was NOT IN ('pending', 'running') THEN
        RETURN;
    END IF;
    p_error := left(p_error, 10000); -- escaped, its record stays below 64 KiB, and so is sent whole
    body := put_status_record(p_run, p_status, p_reason, p_error);
    UPDATE runs SET status = p_status, reason = p_reason, error = p_error, exit_code = p_exit, signal = p_signal,
                    finished_at = greatest(clock_timestamp(), started_at),
                    reserved_by = NULL, reserved_until = NULL
    WHERE id = p_run;
    UPDATE run_heads x SET epoch = x.epoch + 1 WHERE x.run_id = p_run;
    RETURN QUERY SELECT h.epoch, x.lines, x.records, finish_run.body FROM run_heads x WHERE x.run_id = p_run;
END
$$;

-- Asks for the end of a run. A pending one ends here and now; a running one is told. Asking again may add force.
CREATE FUNCTION request_cancel(p_run bigint, p_force boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    was text;
BEGIN
    PERFORM FROM run_heads WHERE run_id = p_run FOR UPDATE;
    SELECT status INTO was FROM runs WHERE id = p_run FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no run %', p_run USING ERRCODE = 'AT404';
    ELSIF was = 'pending' THEN
        UPDATE runs SET cancel_requested_at = clock_timestamp() WHERE id = p_run;
        PERFORM finish_run(p_run, NULL, 'cancelled', 'cancelled', NULL, NULL, NULL);
        RETURN 'cancelled';
    ELSIF was = 'running' THEN
        UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()),
                        cancel_forced = cancel_forced OR p_force
        WHERE id = p_run AND (cancel_requested_at IS NULL OR (p_force AND NOT cancel_forced));
        RETURN 'running';
    END IF;
    RAISE EXCEPTION 'run % has already ended as %', p_run, was USING ERRCODE = 'AT409';
END
$$;

-- Takes an instance and its runs (delete_run, which comes with the artifacts). Active runs are refused.
CREATE FUNCTION delete_instance(p_instance bigint) RETURNS void LANGUAGE plpgsql AS $$
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
    PERFORM delete_run(id) FROM runs WHERE instance_id = p_instance;
    DELETE FROM instances WHERE id = p_instance;
END
$$;
