-- GET /api/v1/data-sources/{source}/uses: the instances, then the runs that use it, newest first each (list_data_uses).
SELECT u.place, u.item::text
FROM list_data_uses(find_data_source($1::json #>> '{path,source}', $1::json #>> '{query,project}'),
                    coalesce(($1::json #>> '{query,after}')::bigint, 0), ($1::json #>> '{query,limit}')::int + 1) u
