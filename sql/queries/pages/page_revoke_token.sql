-- GET /tokens/{id}/revoke: asks whether a token should go. api_tokens_pkey, api_tokens_made_by.
SELECT json_build_object(
    'title', 'Revoke a token', 'heading', 'Revoke ' || t.name || '?',
    'words', json_build_array(
        'Programs that use it are refused from now on, and their open streams end.',
        CASE WHEN f.others > 0 THEN 'With it ' || CASE f.others WHEN 1 THEN 'goes the token that was' ELSE 'go the ' || f.others || ' tokens that were' END
             || ' made with it.' ELSE 'There is no way back; a new token takes its place.' END),
    'impossible', CASE WHEN scope_rank(t.scope) > scope_rank($1::json #>> '{user,scope}') THEN 'Its scope is more than yours.' END,
    'typed', NULL, 'error', NULL,
    'action', '/tokens/' || t.id || '/revoke', 'fields', '[]'::json, 'button', 'Revoke', 'back', '/tokens', 'no_runner', false)
FROM api_tokens t CROSS JOIN LATERAL (
    WITH RECURSIVE family (id) AS (SELECT t.id UNION SELECT x.id FROM family m JOIN api_tokens x ON x.made_by = m.id AND x.revoked_at IS NULL)
    SELECT count(*) - 1 AS others FROM family) f
WHERE t.id = ($1::json #>> '{path,id}')::bigint AND t.user_id = ($1::json #>> '{user,id}')::bigint AND t.revoked_at IS NULL
