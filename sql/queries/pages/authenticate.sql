-- Every request with a cookie or token: who is it, and what would its answer be true of (fcgi/pages/stamp.h): what the database holds at
-- this moment, whether something has changed that the snapshot $3 did not see, and the version of the head of run $4.
-- sessions_token_hash_key, api_tokens_token_hash_key, site_changes_pkey (by the order and the limit, whatever its size), run_heads_pkey.
SELECT a.user_id, a.user_name, a.role, a.scope, a.actor, pg_current_snapshot(),
       $3::pg_snapshot IS NULL OR EXISTS (
           SELECT FROM (SELECT c.xid FROM site_changes c WHERE c.xid >= pg_snapshot_xmin($3::pg_snapshot) AND NOT pg_visible_in_snapshot(c.xid, $3::pg_snapshot)
                        ORDER BY c.xid LIMIT 1) AS unseen),
       (SELECT h.xmin FROM run_heads h WHERE h.run_id = $4::bigint)
FROM authenticate($1::text, $2::text) a
