-- Every request with a cookie or token: who is it. sessions_token_hash_key, api_tokens_token_hash_key.
SELECT user_id, user_name, role, scope, actor FROM authenticate($1::text, $2::text)
