-- POST /api/v1/runs/{id}/cancel and the form: a pending run ends now, a running one is told.
SELECT request_cancel($1::bigint, $2::boolean)
