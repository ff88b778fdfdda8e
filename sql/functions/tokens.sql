-- Personal tokens: what people and the API see of them, making and revoking them. Only hashes are stored.

CREATE FUNCTION scope_rank(p_scope text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['read', 'run', 'admin'], p_scope)
$$;

-- The token that asks, by the actor that authenticate names; null for a session.
CREATE FUNCTION token_of_actor(p_actor text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT substring(p_actor FROM '^token (\d+)$')::bigint
$$;

-- When it ended or is to end, expired or revoked; null for never.
CREATE FUNCTION token_end(t api_tokens) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT least(t.revoked_at, t.expires_at)
$$;

-- Whether its user is shown it: not when it was revoked, and for a month when it has expired.
CREATE FUNCTION token_shown(t api_tokens) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT t.revoked_at IS NULL AND coalesce(t.expires_at > now() - interval '30 days', true)
$$;

-- Removes what ended a month ago, and of more than 200 that have ended the first.
CREATE FUNCTION forget_tokens(p_user bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM api_tokens WHERE id IN (
        SELECT x.id FROM (SELECT t.id, token_end(t) AS at, row_number() OVER (ORDER BY token_end(t) DESC) AS place
                          FROM api_tokens t WHERE t.user_id = p_user AND token_end(t) <= now()) x
        WHERE x.place > 200 OR x.at < now() - interval '30 days')
$$;

CREATE FUNCTION token_json(t api_tokens) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object('id', t.id, 'name', t.name, 'prefix', t.prefix, 'scope', t.scope, 'created_at', rfc3339(t.created_at),
                             'last_used_at', rfc3339(t.last_used_at), 'expires_at', rfc3339(t.expires_at),
                             'expired', coalesce(t.expires_at <= now(), false), 'budget', budget_json(t))
$$;

-- Makes a token of the asking user. p_expires is the second at which it ends, 0 for never, null for the usual 90 days. Who asks with
-- a token makes none that is stronger or lasts longer, and with one that has a budget none at all. With an idempotency key as in idempotency.sql; the secret is not kept, so
-- whoever repeats a request is told of the token alone.
CREATE FUNCTION make_token(p_user bigint, p_actor text, p_allowed text, p_name text, p_scope text, p_expires bigint, p_prefix text,
                           p_hash text, p_key text, p_request text, p_runs int, p_minutes int)
RETURNS TABLE (token json, made boolean) LANGUAGE plpgsql AS $$
DECLARE
    new_id bigint := made_before(p_user, p_key, p_request);
    maker api_tokens;
    ends timestamptz := CASE WHEN p_expires IS NULL THEN now() + interval '90 days' WHEN p_expires > 0 THEN to_timestamp(p_expires) END;
BEGIN
    made := new_id IS NULL;
    IF made THEN
        -- One at a time, and none while its maker is revoked: revoke_token waits here too.
        PERFORM pg_advisory_xact_lock(hashtextextended('tokens ' || p_user, 0));
        SELECT * INTO maker FROM api_tokens t WHERE t.id = token_of_actor(p_actor);
        IF maker.revoked_at IS NOT NULL THEN
            RAISE EXCEPTION 'the token that asks for this has been revoked' USING ERRCODE = 'AT403';
        ELSIF scope_rank(p_scope) > scope_rank(p_allowed) THEN
            RAISE EXCEPTION 'you have the scope %, and cannot give more than that', p_allowed USING ERRCODE = 'AT403', COLUMN = 'scope';
        ELSIF maker.run_budget IS NOT NULL OR maker.minute_budget IS NOT NULL THEN
            RAISE EXCEPTION 'a token with a budget cannot make others' USING ERRCODE = 'AT403', COLUMN = 'budget';
        ELSIF p_expires IS NULL THEN
            ends := least(ends, maker.expires_at);
        ELSIF maker.expires_at < coalesce(ends, 'infinity') THEN
            RAISE EXCEPTION 'a token cannot make one that lasts longer than itself' USING ERRCODE = 'AT403', COLUMN = 'expires_at';
        END IF;
        PERFORM forget_tokens(p_user);
        IF (SELECT count(*) FROM api_tokens t WHERE t.user_id = p_user AND coalesce(token_end(t) > now(), true)) >= 200 THEN
            RAISE EXCEPTION 'you have 200 tokens already; revoke some first' USING ERRCODE = 'AT409';
        END IF;
        INSERT INTO api_tokens (user_id, name, scope, token_hash, expires_at, prefix, made_by, run_budget, minute_budget)
        VALUES (p_user, p_name, p_scope, decode(p_hash, 'hex'), ends, p_prefix, maker.id, p_runs, p_minutes)
        RETURNING id INTO new_id;
        PERFORM remember_made(p_user, p_key, p_request, new_id);
    END IF;
    SELECT token_json(t) INTO token FROM api_tokens t WHERE t.id = new_id AND t.revoked_at IS NULL;
    IF token IS NULL THEN
        PERFORM made_is_gone('token');
    END IF;
    RETURN NEXT;
END
$$;

-- Revokes a token of the asking user, and those that were made with it. No row where there is none. Not one that is stronger than who asks.
CREATE FUNCTION revoke_token(p_user bigint, p_allowed text, p_id bigint) RETURNS TABLE (revoked bigint) LANGUAGE plpgsql AS $$
DECLARE
    wanted api_tokens;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tokens ' || p_user, 0));
    SELECT * INTO wanted FROM api_tokens t WHERE t.id = p_id AND t.user_id = p_user AND t.revoked_at IS NULL FOR UPDATE;
    IF wanted.id IS NULL THEN
        RETURN;
    ELSIF scope_rank(wanted.scope) > scope_rank(p_allowed) THEN
        RAISE EXCEPTION 'you have the scope %, and this token has %', p_allowed, wanted.scope USING ERRCODE = 'AT403';
    END IF;
    RETURN QUERY
        WITH RECURSIVE family (id) AS (
            SELECT wanted.id UNION SELECT t.id FROM family f JOIN api_tokens t ON t.made_by = f.id
        )
        UPDATE api_tokens t SET revoked_at = now() FROM family f WHERE t.id = f.id AND t.revoked_at IS NULL RETURNING t.id;
END
$$;

-- Why a token is refused, in words.
CREATE FUNCTION token_fault(p_hash text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN t.revoked_at IS NOT NULL THEN 'this token was revoked at ' || rfc3339(t.revoked_at)
                WHEN t.expires_at <= now() THEN 'this token expired at ' || rfc3339(t.expires_at) END || '; make another on the page /tokens'
    FROM api_tokens t WHERE t.token_hash = decode(p_hash, 'hex')
$$;
