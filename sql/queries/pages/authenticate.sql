-- Every request with a cookie or token: who is it, and what would its answer be true of (fcgi/pages/stamp.h): what the database holds at
-- this moment, whether something has changed that the snapshot $3 did not see, and the version of the head of run $4. What a snapshot
-- did not see is what began later, and what was under way; ordered and limited, both are looked for by the index, whatever the size
-- of the table. sessions_token_hash_key, api_tokens_token_hash_key, site_changes_pkey, run_heads_pkey.
SELECT a.user_id, a.user_name, a.role, a.scope, a.actor, pg_current_snapshot(),
       $3::pg_snapshot IS NULL
           OR coalesce((SELECT c.xid FROM site_changes c ORDER BY c.xid DESC LIMIT 1) >= pg_snapshot_xmax($3::pg_snapshot), false)
           OR EXISTS (SELECT FROM pg_snapshot_xip($3::pg_snapshot) AS under_way (xid)
                      WHERE (SELECT c.xid FROM site_changes c WHERE c.xid >= under_way.xid ORDER BY c.xid LIMIT 1) = under_way.xid),
       (SELECT h.xmin FROM run_heads h WHERE h.run_id = $4::bigint)
FROM authenticate($1::text, $2::text) a
