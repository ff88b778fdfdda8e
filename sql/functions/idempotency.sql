-- Making things once. A function that makes something asks made_before first and calls remember_made afterwards, in one
-- transaction. Keys are their user's own and are kept for a day.

-- The id of what an earlier request with this key made, or null. The same key with another request is refused. Holds the key
-- until the transaction ends, so that two requests at once make one thing.
CREATE FUNCTION made_before(p_user bigint, p_key text, p_request text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    known idempotency_keys;
BEGIN
    IF p_key IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(p_user || ' ' || p_key, 0));
    DELETE FROM idempotency_keys WHERE (user_id, key) IN (
        SELECT k.user_id, k.key FROM idempotency_keys k WHERE k.created_at < now() - interval '1 day'
        LIMIT 100 FOR UPDATE SKIP LOCKED);
    SELECT * INTO known FROM idempotency_keys k WHERE k.user_id = p_user AND k.key = p_key;
    IF known.request <> p_request THEN
        RAISE EXCEPTION 'this idempotency key was used for another request'
            USING ERRCODE = 'AT409', COLUMN = 'Idempotency-Key';
    END IF;
    RETURN known.made_id;
END
$$;

CREATE FUNCTION remember_made(p_user bigint, p_key text, p_request text, p_made bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO idempotency_keys (user_id, key, request, made_id) SELECT p_user, p_key, p_request, p_made WHERE p_key IS NOT NULL
$$;

-- Says that what the key made is not there any more.
CREATE FUNCTION made_is_gone(p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the % that this idempotency key made has been deleted', p_what
        USING ERRCODE = 'AT409', COLUMN = 'Idempotency-Key';
END
$$;
