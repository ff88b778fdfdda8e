-- A request with a token that is good for nothing: why, null where it is unknown. api_tokens_token_hash_key.
SELECT token_fault($1::text)
