-- POST /logout: ends the session of that cookie, and with it the streams that it opened. sessions_token_hash_key.
DELETE FROM sessions WHERE token_hash = decode($1::text, 'hex')
