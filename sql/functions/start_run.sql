-- Starts a run with the checked configuration. The same key with the same request finds the run that was made before (made:
-- false); see idempotency.sql.
CREATE FUNCTION start_run(p_user bigint, p_instance bigint, p_priority int, p_configuration json, p_key text, p_request text)
RETURNS TABLE (run_id bigint, made boolean) LANGUAGE plpgsql AS $$
BEGIN
    run_id := made_before(p_user, p_key, p_request);
    made := run_id IS NULL;
    IF made THEN
        run_id := create_run(p_instance, p_priority);
        UPDATE runs r SET configuration = p_configuration WHERE r.id = start_run.run_id;
        PERFORM remember_made(p_user, p_key, p_request, run_id);
    ELSIF NOT EXISTS (SELECT FROM runs r WHERE r.id = start_run.run_id) THEN
        PERFORM made_is_gone('run');
    END IF;
    RETURN NEXT;
END
$$;
