-- DELETE /api/v1/data-sources/{source}, refused: the first who use it (list_data_uses).
SELECT json_agg(u.item ORDER BY u.place)::text FROM list_data_uses($1::bigint, 0, 20) u
