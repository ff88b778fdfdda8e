-- GET .../metrics?key= : how many points those chunks hold; null where there is no such series. metric_chunks_pkey.
SELECT coalesce(sum(points) FILTER (
           WHERE greatest(first_step, last_step) >= coalesce($3::double precision, '-Infinity') AND least(first_step, last_step) <= coalesce($4::double precision, 'Infinity')), 0)::text
FROM metric_chunks WHERE run_id = $1::bigint AND key = $2::text HAVING count(*) > 0
