-- GET .../metrics?key= : how many points a series has; null where there is none. metric_chunks_pkey.
SELECT sum(points)::text FROM metric_chunks WHERE run_id = $1::bigint AND key = $2::text
