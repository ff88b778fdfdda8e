-- POST /runs/selection, before it is agreed to: what becomes of the chosen runs. runs_pkey.
WITH p AS (
    SELECT $1::json #>> '{query,action}' AS action, $1::json #>> '{query,back}' AS back,
           ARRAY(SELECT x::bigint FROM json_array_elements_text($1::json #> '{query,runs}') AS x) AS ids
), found AS (
    SELECT coalesce(array_agg(r.id ORDER BY r.id) FILTER (WHERE r.finished_at IS NOT NULL), '{}') AS ended,
           coalesce(array_agg(r.id ORDER BY r.id) FILTER (WHERE r.finished_at IS NULL), '{}') AS active
    FROM p, runs r WHERE r.id = ANY (p.ids)
), acts AS (
    SELECT p.*, CASE action WHEN 'delete' THEN f.ended ELSE f.active END AS chosen, CASE action WHEN 'delete' THEN f.active ELSE f.ended END AS others
    FROM p, found f
)
SELECT json_build_object(
    'title', initcap(a.action) || ' runs',
    'heading', initcap(a.action) || ' ' || view_runs_number(cardinality(a.chosen)) || '?',
    'words', CASE WHEN cardinality(a.chosen) > 0 THEN array_remove(ARRAY[
        CASE a.action WHEN 'delete' THEN 'With ' || CASE cardinality(a.chosen) WHEN 1 THEN 'it' ELSE 'them' END || ' go ' || view_deletion(c)
                      ELSE 'They are asked to end, and stopped if they do not within their grace time.' END,
        CASE WHEN cardinality(a.others) > 0 THEN
            view_runs_number(cardinality(a.others)) || ' of those chosen ' ||
            CASE WHEN cardinality(a.others) = 1 THEN 'is' ELSE 'are' END || CASE a.action WHEN 'delete' THEN ' still active, and stay.' ELSE ' over already.' END END,
        CASE a.action WHEN 'delete' THEN 'There is no way back.' END], NULL) END,
    'impossible', CASE WHEN cardinality(a.chosen) = 0 THEN
        CASE WHEN cardinality(a.others) = 0 THEN 'None of the chosen runs is there any more.'
             WHEN a.action = 'delete' THEN 'All of the chosen runs are still active. Cancel them first, then delete them.'
             ELSE 'All of the chosen runs have ended already.' END END,
    'typed', NULL, 'error', NULL,
    'action', '/runs/selection', 'button', initcap(a.action), 'back', a.back,
    'fields', (SELECT json_agg(json_build_object('name', f.name, 'value', f.value)) FROM (
        VALUES ('action', a.action), ('back', a.back), ('sure', '1') UNION ALL SELECT 'run', x::text FROM unnest(a.chosen) AS x) AS f (name, value)),
    'no_runner', false)
FROM acts a CROSS JOIN LATERAL deletion_cost(CASE a.action WHEN 'delete' THEN a.chosen ELSE '{}' END) c
