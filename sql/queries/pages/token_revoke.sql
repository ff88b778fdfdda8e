-- DELETE /api/v1/tokens/{id} and the page: the tokens that are revoked, no row where there is no such one (revoke_token).
SELECT revoked
FROM revoke_token(($1::json #>> '{user,id}')::bigint, $1::json #>> '{user,scope}', ($1::json #>> '{path,id}')::bigint)
