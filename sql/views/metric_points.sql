-- The points of metric series as rows, for people who ask by hand; metric_chunks_pkey serves run_id and key. record and place tell
-- the order in which they were said. A value that double precision cannot hold is an infinity or zero of its sign.
CREATE VIEW metric_points AS
SELECT c.run_id,
       c.key,
       c.n AS record,
       p.place,
       double_from_json(p.point -> 0) AS step,
       double_from_json(p.point -> 1) AS value,
       to_timestamp((p.point ->> 2)::bigint / 1000.0) AS at
FROM metric_chunks c, json_array_elements(c.body::json -> 'points') WITH ORDINALITY AS p (point, place);
