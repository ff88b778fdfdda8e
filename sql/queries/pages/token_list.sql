-- GET /api/v1/tokens: those of the user that are not revoked or long expired, newest first. api_tokens_user.
SELECT t.id, token_json(t)::text FROM api_tokens t
WHERE t.user_id = ($1::json #>> '{user,id}')::bigint AND token_shown(t)
  AND t.id < coalesce(($1::json #>> '{query,before}')::bigint, 9223372036854775807)
ORDER BY t.id DESC
LIMIT ($1::json #>> '{query,limit}')::bigint + 1
