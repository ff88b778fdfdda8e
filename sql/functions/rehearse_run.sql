-- Takes a made-up run through its beginning and end and undoes it all. A connection's first run costs milliseconds more than its
-- second, for reading the catalogue, compiling functions and triggers and planning what is in them; a spare supervisor spends them
-- here, before anybody waits. Nobody sees run 0, and no number is used up.
CREATE FUNCTION rehearse_run() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO instances (id, experiment, name) OVERRIDING SYSTEM VALUE VALUES (0, 'rehearsal', 'rehearsal');
    INSERT INTO runs (id, instance_id, number, experiment, configuration) OVERRIDING SYSTEM VALUE
    VALUES (0, 0, 0, 'rehearsal', '{}');
    PERFORM claim_run(0, NULL, 'rehearsal', '{}');
    INSERT INTO log_chunks (run_id, first_line, last_line, first_byte, last_byte, debugs, infos, warns, errors, body)
    VALUES (0, 1, 1, 0, 1, 0, 1, 0, 0, '');
    PERFORM finish_run(0, NULL, 'completed', NULL, NULL, 0, NULL);
    RAISE EXCEPTION 'undone' USING ERRCODE = 'AT000';
EXCEPTION
    WHEN SQLSTATE 'AT000' OR unique_violation THEN -- or somebody else rehearsed at this moment
        RETURN;
END
$$;
