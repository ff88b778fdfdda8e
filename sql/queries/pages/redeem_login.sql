-- GET and POST /login: a one-time link becomes a session. login_links_pkey.
SELECT session_id FROM redeem_login($1::text, $2::text, $3::int)
