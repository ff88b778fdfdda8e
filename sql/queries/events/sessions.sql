-- The relay, at each connect and every 4 s: which of these sessions and tokens are good, and for what. Uses the unique
-- indexes of sessions and api_tokens on token_hash. A stream's check counts as a use of its session.
SELECT asked.n, who.scope
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (kind, hash, n)
CROSS JOIN LATERAL authenticate(asked.kind, asked.hash) AS who
