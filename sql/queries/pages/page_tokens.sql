-- GET and POST /tokens: the tokens of the user that are not revoked or long expired, newest first. `key` tells one sending of the form from another.
-- api_tokens_user.
SELECT json_build_object(
    'title', 'API tokens', 'key', gen_random_uuid(),
    'tokens', coalesce((
        SELECT json_agg(json_build_object(
            'id', t.id, 'name', t.name, 'prefix', nullif(t.prefix, ''), 'scope', t.scope, 'created', view_time(t.created_at),
            'last_used', view_time(t.last_used_at), 'ended', t.expires_at <= now(), 'budget', view_budget(t),
            'expires', CASE WHEN t.expires_at IS NOT NULL THEN json_build_object(
                'at', rfc3339(t.expires_at), 'day', to_char(t.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), 'exact', rfc3339(t.expires_at)) END)
            ORDER BY t.id DESC)
        FROM api_tokens t WHERE t.user_id = ($1::json #>> '{user,id}')::bigint AND token_shown(t)), '[]'),
    'no_runner', view_no_runner())
