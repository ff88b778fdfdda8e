-- GET /api/v1/me: who asks, and with what right. api_tokens_pkey.
SELECT json_build_object(
    'user', json_build_object('id', (u ->> 'id')::bigint, 'name', u ->> 'name', 'role', u ->> 'role'), 'scope', u ->> 'scope',
    'token', (SELECT token_json(t) FROM api_tokens t WHERE t.id = token_of_actor(u ->> 'actor')))::text
FROM (SELECT $1::json -> 'user' AS u) v
