-- Files that runs have handed over. Their contents lie outside the database, each once, named by their SHA-256.
--
-- A run's artifacts are its records of that kind and nothing beside them: so an artifact is committed with its batch,
-- shipped by recovery and deleted with its run by what does so for all records, and the two can never disagree. A table of
-- their own would need a trigger on every record to say the same again.

CREATE VIEW artifacts AS
SELECT run_id, n, line, body::json ->> 'name' AS name, body::json ->> 'sha256' AS sha256,
       (body::json ->> 'size')::bigint AS size, body::json ->> 'media_type' AS media_type,
       (body::json ->> 'at')::bigint AS at_ms
FROM records WHERE kind = 'artifact';

-- Who refers to a content: asked before its file is removed. Costs nothing for records of other kinds.
CREATE INDEX records_sha256 ON records ((body::json ->> 'sha256')) WHERE kind = 'artifact';

-- Contents that have lost a reference, for a daemon to look at: it removes the file if that was the last one. Merely a hint
-- that spares looking through the store; a content may stand here several times, or have been taken up again.
CREATE TABLE freed_contents (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 text NOT NULL
);

-- Takes a run and all that it said. An active run is refused.
CREATE FUNCTION delete_run(p_run bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    was text;
BEGIN
    SELECT status INTO was FROM runs WHERE id = p_run FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no run %', p_run USING ERRCODE = 'AT404';
    ELSIF was IN ('pending', 'running') THEN
        RAISE EXCEPTION 'run % is % and cannot be deleted: cancel it first', p_run, was USING ERRCODE = 'AT409';
    END IF;
    INSERT INTO freed_contents (sha256) SELECT DISTINCT sha256 FROM artifacts WHERE run_id = p_run;
    DELETE FROM log_chunks WHERE run_id = p_run;
    DELETE FROM log_marks WHERE run_id = p_run;
    DELETE FROM records WHERE run_id = p_run;
    DELETE FROM metric_chunks WHERE run_id = p_run;
    DELETE FROM runs WHERE id = p_run;
END
$$;
