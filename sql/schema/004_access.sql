-- Who is it, and may they: one function for pages and relay alike.

-- A session's or token's hash in, user and rights out; no row when it is unknown, expired or revoked.
-- `actor` names the session or token for the relay's checks. A use moves the session's end, at most once a minute.
CREATE FUNCTION authenticate(p_kind text, p_hash text)
RETURNS TABLE (user_id bigint, user_name text, role text, scope text, actor text) LANGUAGE plpgsql AS $$
BEGIN
    IF p_kind = 'session' THEN
        UPDATE sessions s SET last_used_at = now(), expires_at = now() + s.keep
        WHERE s.token_hash = decode(p_hash, 'hex') AND s.expires_at > now()
          AND s.last_used_at < now() - interval '1 minute';
        RETURN QUERY
            SELECT u.id, u.name, u.role,
                   CASE u.role WHEN 'admin' THEN 'admin' WHEN 'member' THEN 'run' ELSE 'read' END,
                   'session ' || s.id
            FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.token_hash = decode(p_hash, 'hex') AND s.expires_at > now();
    ELSIF p_kind = 'token' THEN
        UPDATE api_tokens t SET last_used_at = now()
        WHERE t.token_hash = decode(p_hash, 'hex') AND t.revoked_at IS NULL
          AND (t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute');
        RETURN QUERY
            SELECT u.id, u.name, u.role, t.scope, 'token ' || t.id
            FROM api_tokens t JOIN users u ON u.id = t.user_id
            WHERE t.token_hash = decode(p_hash, 'hex') AND t.revoked_at IS NULL
              AND (t.expires_at IS NULL OR t.expires_at > now());
    END IF;
END
$$;

-- Exchanges a one-time login link for a session. No row when the link is unknown, used or too old.
CREATE FUNCTION redeem_login(p_link_hash text, p_session_hash text, p_days int)
RETURNS TABLE (session_id bigint) LANGUAGE plpgsql AS $$
DECLARE
    who bigint;
BEGIN
    UPDATE login_links SET used_at = now()
    WHERE token_hash = decode(p_link_hash, 'hex') AND used_at IS NULL AND expires_at > now()
    RETURNING user_id INTO who;
    IF who IS NULL THEN
        RETURN;
    END IF;
    DELETE FROM sessions WHERE expires_at < now();
    DELETE FROM login_links WHERE expires_at < now() - interval '1 day';
    RETURN QUERY
        INSERT INTO sessions (user_id, token_hash, expires_at, keep)
        VALUES (who, decode(p_session_hash, 'hex'), now() + make_interval(days => p_days),
                make_interval(days => p_days))
        RETURNING id;
END
$$;

-- What scripts/run calls, with hashes: a link for the administrator, and the administrator's API token.
CREATE FUNCTION add_login_link(p_link_hash text, p_minutes int) RETURNS void LANGUAGE sql AS $$
    INSERT INTO login_links (token_hash, user_id, expires_at)
    SELECT decode(p_link_hash, 'hex'), id, now() + make_interval(mins => p_minutes)
    FROM users WHERE name = 'admin'
$$;

CREATE FUNCTION add_admin_token(p_token_hash text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO api_tokens (user_id, name, scope, token_hash)
    SELECT id, 'administrator (made at start)', 'admin', decode(p_token_hash, 'hex')
    FROM users WHERE name = 'admin'
    ON CONFLICT (token_hash) DO NOTHING
$$;
