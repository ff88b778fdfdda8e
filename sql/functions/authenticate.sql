-- Who is it, and may they: one function for pages and relay alike. A session's or token's hash in, user and rights out; no row when it is
-- unknown, expired or revoked. `actor` names the session or token for the relay's checks. A use moves the session's end, at most once a
-- minute. A token reaches as far as it was made for, and no further than its user does today.
CREATE OR REPLACE FUNCTION authenticate(p_kind text, p_hash text)
RETURNS TABLE (user_id bigint, user_name text, role text, scope text, actor text) LANGUAGE plpgsql AS $$
DECLARE
    used timestamptz;
BEGIN
    IF p_kind = 'session' THEN
        SELECT u.id, u.name, u.role, role_scope(u.role), 'session ' || s.id, s.last_used_at
        INTO user_id, user_name, authenticate.role, authenticate.scope, actor, used
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.token_hash = decode(p_hash, 'hex') AND s.expires_at > now();
        IF NOT FOUND THEN
            RETURN;
        ELSIF used < now() - interval '1 minute' THEN
            UPDATE sessions s SET last_used_at = now(), expires_at = now() + s.keep
            WHERE s.token_hash = decode(p_hash, 'hex') AND s.last_used_at = used;
        END IF;
        RETURN NEXT;
    ELSIF p_kind = 'token' THEN
        UPDATE api_tokens t SET last_used_at = now()
        WHERE t.token_hash = decode(p_hash, 'hex') AND t.revoked_at IS NULL
          AND (t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute');
        RETURN QUERY
            SELECT u.id, u.name, u.role,
                   CASE WHEN scope_rank(t.scope) < scope_rank(role_scope(u.role)) THEN t.scope ELSE role_scope(u.role) END,
                   'token ' || t.id
            FROM api_tokens t JOIN users u ON u.id = t.user_id
            WHERE t.token_hash = decode(p_hash, 'hex') AND t.revoked_at IS NULL
              AND (t.expires_at IS NULL OR t.expires_at > now());
    END IF;
END
$$;

-- How far a user of that role reaches.
CREATE FUNCTION role_scope(p_role text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_role WHEN 'admin' THEN 'admin' WHEN 'member' THEN 'run' ELSE 'read' END
$$;
