-- Starts a run with the checked configuration. The same key with the same request finds the run that was made before (made:
-- false); with another request it is refused. Keys are kept for a day.
CREATE FUNCTION start_run(p_user bigint, p_instance bigint, p_priority int, p_configuration json, p_key text, p_request text)
RETURNS TABLE (run_id bigint, made boolean) LANGUAGE plpgsql AS $$
DECLARE
    known idempotency_keys;
BEGIN
    IF p_key IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(p_user || ' ' || p_key, 0));
        DELETE FROM idempotency_keys WHERE (user_id, key) IN (
            SELECT k.user_id, k.key FROM idempotency_keys k WHERE k.created_at < now() - interval '1 day'
            LIMIT 100 FOR UPDATE SKIP LOCKED);
        SELECT * INTO known FROM idempotency_keys k WHERE k.user_id = p_user AND k.key = p_key;
        IF known.request <> p_request THEN
            RAISE EXCEPTION 'this idempotency key was used for another request' USING ERRCODE = 'AT409';
        ELSIF known.run_id IS NOT NULL AND NOT EXISTS (SELECT FROM runs r WHERE r.id = known.run_id) THEN
            RAISE EXCEPTION 'the run that this idempotency key made has been deleted' USING ERRCODE = 'AT409';
        ELSIF known.run_id IS NOT NULL THEN
            RETURN QUERY SELECT known.run_id, false;
            RETURN;
        END IF;
    END IF;
    run_id := create_run(p_instance, p_priority);
    UPDATE runs r SET configuration = p_configuration WHERE r.id = start_run.run_id;
    IF p_key IS NOT NULL THEN
        INSERT INTO idempotency_keys (user_id, key, request, run_id) VALUES (p_user, p_key, p_request, start_run.run_id);
    END IF;
    RETURN QUERY SELECT start_run.run_id, true;
END
$$;
