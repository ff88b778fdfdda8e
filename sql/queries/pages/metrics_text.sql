-- GET /metrics: samples as (name, help, type, labels, value); help stands with the first of a name. runs_status, runs_queue, small tables.
SELECT name, help, type, labels, value FROM (
    SELECT 1 AS place, 'athanor_runs' AS name, CASE WHEN row_number() OVER (ORDER BY s.status) = 1 THEN 'Runs by status.' END AS help,
           'gauge' AS type, '{status="' || s.status || '"}' AS labels, (SELECT count(*) FROM runs r WHERE r.status = s.status)::text AS value
    FROM unnest(ARRAY['cancelled', 'completed', 'failed', 'pending', 'running']) AS s (status)
    UNION ALL
    SELECT 2, 'athanor_queue_seconds', 'Age of the oldest pending run.', 'gauge', '',
           coalesce((SELECT round(extract(epoch FROM now() - r.created_at), 3) FROM runs r WHERE r.status = 'pending' ORDER BY r.id LIMIT 1), 0)::text
    UNION ALL
    SELECT 3, 'athanor_runners', 'Runner daemons that are up.', 'gauge', '',
           (SELECT count(*) FROM runners WHERE stopped_at IS NULL AND heartbeat_at > now() - interval '15 seconds')::text
    UNION ALL
    SELECT 4, 'athanor_runner_jobs', 'Runs that the runners which are up take at a time.', 'gauge', '',
           (SELECT coalesce(sum(jobs), 0) FROM runners WHERE stopped_at IS NULL AND heartbeat_at > now() - interval '15 seconds')::text
    UNION ALL
    SELECT 5, 'athanor_experiments', 'Experiments known, by whether they can be used.', 'gauge', '{state="usable"}',
           (SELECT count(*) FROM experiments WHERE error IS NULL)::text
    UNION ALL
    SELECT 6, 'athanor_experiments', NULL, 'gauge', '{state="broken"}', (SELECT count(*) FROM experiments WHERE error IS NOT NULL)::text
    UNION ALL
    SELECT 7, 'athanor_instances', 'Instances.', 'gauge', '', (SELECT count(*) FROM instances)::text
) samples
ORDER BY place, labels
