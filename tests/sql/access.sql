-- Sessions, tokens and one-time links: hashes in, users out.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(20);

CREATE FUNCTION pg_temp.h(t text) RETURNS text LANGUAGE sql AS $$ SELECT encode(sha256(t::bytea), 'hex') $$;

SELECT is((SELECT count(*) FROM authenticate('session', pg_temp.h('no'))), 0::bigint, 'an unknown session is nobody');
SELECT is((SELECT count(*) FROM authenticate('token', pg_temp.h('no'))), 0::bigint, 'an unknown token is nobody');
SELECT is((SELECT count(*) FROM authenticate('password', pg_temp.h('no'))), 0::bigint, 'an unknown kind is nobody');

-- A link makes one session, once.
SELECT add_login_link(pg_temp.h('link'), 10);
SELECT add_login_link(pg_temp.h('old'), -1);
SELECT is((SELECT count(*) FROM redeem_login(pg_temp.h('link'), pg_temp.h('s1'), 30)), 1::bigint, 'a link makes a session');
SELECT is((SELECT count(*) FROM redeem_login(pg_temp.h('link'), pg_temp.h('s2'), 30)), 0::bigint, 'but only once');
SELECT is((SELECT count(*) FROM redeem_login(pg_temp.h('old'), pg_temp.h('s3'), 30)), 0::bigint, 'and not too late');
SELECT results_eq($$SELECT user_name, role, scope FROM authenticate('session', pg_temp.h('s1'))$$,
    $$VALUES ('admin', 'admin', 'admin')$$, 'the session is the administrator');
SELECT is((SELECT count(*) FROM authenticate('token', pg_temp.h('s1'))), 0::bigint, 'a session is no token');

-- Use moves the end; expiry ends.
UPDATE sessions SET last_used_at = now() - interval '2 minutes', expires_at = now() + interval '1 day';
SELECT ok((SELECT count(*) = 1 FROM authenticate('session', pg_temp.h('s1'))), 'used again');
SELECT ok((SELECT expires_at > now() + interval '29 days' FROM sessions), 'its end moved');
UPDATE sessions SET last_used_at = now() - interval '10 seconds', expires_at = now() + interval '1 day';
SELECT ok((SELECT count(*) = 1 FROM authenticate('session', pg_temp.h('s1'))), 'used within the minute');
SELECT ok((SELECT expires_at < now() + interval '2 days' FROM sessions), 'nothing is written then');
UPDATE sessions SET expires_at = now() - interval '1 second';
SELECT is((SELECT count(*) FROM authenticate('session', pg_temp.h('s1'))), 0::bigint, 'an expired session is nobody');

-- Tokens.
SELECT add_admin_token(pg_temp.h('t1'));
SELECT add_admin_token(pg_temp.h('t1'));
SELECT is((SELECT count(*) FROM api_tokens), 1::bigint, 'the same token is stored once');
SELECT results_eq($$SELECT user_name, scope FROM authenticate('token', pg_temp.h('t1'))$$, $$VALUES ('admin', 'admin')$$,
    'the token is the administrator');
SELECT ok((SELECT last_used_at IS NOT NULL FROM api_tokens), 'its use is noted');
UPDATE api_tokens SET scope = 'read';
SELECT is((SELECT scope FROM authenticate('token', pg_temp.h('t1'))), 'read', 'its scope counts, not the role');
UPDATE api_tokens SET expires_at = now() - interval '1 second';
SELECT is((SELECT count(*) FROM authenticate('token', pg_temp.h('t1'))), 0::bigint, 'an expired token is nobody');
UPDATE api_tokens SET expires_at = NULL, revoked_at = now();
SELECT is((SELECT count(*) FROM authenticate('token', pg_temp.h('t1'))), 0::bigint, 'a revoked token is nobody');
SELECT throws_ok($$INSERT INTO api_tokens (user_id, name, token_hash) VALUES (1, 'plain', 'secret')$$, '23514', NULL,
    'what is no hash cannot be stored');

SELECT * FROM finish();
ROLLBACK;
