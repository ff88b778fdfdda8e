-- Starts a run with the checked configuration, on the account of the token that asks if that has a budget. The same key with the same request finds the
-- run that was made before (made: false); see idempotency.sql. p_limit is its time limit in seconds, 0 for none but the experiment's.
CREATE FUNCTION start_run(p_user bigint, p_instance bigint, p_priority int, p_configuration json, p_key text, p_request text, p_actor text, p_limit int)
RETURNS TABLE (run_id bigint, made boolean) LANGUAGE plpgsql AS $$
DECLARE
    token   bigint := token_of_actor(p_actor);
    seconds int := nullif(p_limit, 0);
BEGIN
    run_id := made_before(p_user, p_key, p_request);
    made := run_id IS NULL;
    IF made THEN
        -- Rows are locked in the order in which the end of a run takes them: those of the instance, then the token's.
        run_id := create_run(p_instance, p_priority);
        IF has_budget(token) THEN
            seconds := spend_budget(token, p_instance, seconds);
        ELSE
            token := NULL;
        END IF;
        UPDATE runs r SET configuration = p_configuration, token_id = token, time_limit_s = seconds WHERE r.id = start_run.run_id;
        PERFORM remember_made(p_user, p_key, p_request, run_id);
    ELSIF NOT EXISTS (SELECT FROM runs r WHERE r.id = start_run.run_id) THEN
        PERFORM made_is_gone('run');
    END IF;
    RETURN NEXT;
END
$$;
