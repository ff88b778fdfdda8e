-- Every request with a cookie or token: who is it, and what does the database hold at this moment (fcgi/pages/kept.h).
-- sessions_token_hash_key, api_tokens_token_hash_key.
SELECT user_id, user_name, role, scope, actor, pg_current_snapshot() FROM authenticate($1::text, $2::text)
