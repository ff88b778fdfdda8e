-- Every 3 s: the heartbeat counters of all running runs, for the proof that one is lost. runs_running, primary key.
SELECT h.run_id, h.heartbeat FROM runs r JOIN run_heads h ON h.run_id = r.id
WHERE r.status = 'running'
ORDER BY h.run_id
