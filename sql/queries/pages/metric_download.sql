-- GET .../metrics.csv: the chunks of a series, row by row. metric_chunks_pkey.
SELECT body FROM metric_chunks WHERE run_id = $1::bigint AND key = $2::text ORDER BY n
