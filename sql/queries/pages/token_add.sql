-- POST /api/v1/tokens and the page Tokens: a new token, or the one that the same key made before (make_token).
SELECT token::text, made
FROM (SELECT $1::json -> 'user' AS u, $1::json -> 'query' AS q) v,
     make_token((u ->> 'id')::bigint, u ->> 'actor', u ->> 'scope', q ->> 'name', q ->> 'scope', (q ->> 'expires')::bigint, q ->> 'prefix',
                q ->> 'hash', q ->> 'key', q ->> 'request', (q ->> 'runs')::int, (q ->> 'minutes')::int)
