-- Every 3 s: the heartbeat counters of all running runs, for the proof that one is lost, and whether it is silent as
-- run_notice means it. runs_running, primary key.
SELECT h.run_id, h.heartbeat, coalesce(h.said_at, r.started_at) < now() - interval '10 minutes' AS silent
FROM runs r JOIN run_heads h ON h.run_id = r.id
WHERE r.status = 'running'
ORDER BY h.run_id
