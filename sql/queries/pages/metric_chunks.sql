-- GET .../metrics?key= : the points of a series in order, or the chunks that reach into some steps, read row by row. metric_chunks_pkey.
SELECT body FROM metric_chunks
WHERE run_id = $1::bigint AND key = $2::text
  AND greatest(first_step, last_step) >= coalesce($3::double precision, '-Infinity') AND least(first_step, last_step) <= coalesce($4::double precision, 'Infinity')
ORDER BY n
