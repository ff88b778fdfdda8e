-- POST /runs/selection, before it is agreed to: what becomes of the chosen runs, or of the newest of all that fit a list's filters and
-- can be acted upon (list_runs). runs_pkey.
WITH q AS (
    SELECT $1::json #>> '{query,action}' AS action, $1::json #>> '{query,back}' AS back, ($1::json #>> '{query,most}')::int AS most,
           $1::json #> '{query,fits}' AS fits, $1::json #> '{query,runs}' AS runs
), p AS MATERIALIZED (
    SELECT q.*, CASE WHEN fits IS NULL THEN ARRAY(SELECT x::bigint FROM json_array_elements_text(q.runs) AS x)
                     ELSE view_runs_that_fit(fits, CASE action WHEN 'delete' THEN ARRAY['completed', 'failed', 'cancelled'] ELSE ARRAY['pending', 'running'] END, most) END AS ids
    FROM q
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
        CASE WHEN a.fits IS NOT NULL AND cardinality(a.ids) = a.most THEN 'That is as many as go at once, the newest first; there may be more.' END,
        CASE a.action WHEN 'delete' THEN 'There is no way back.' END], NULL) END,
    'impossible', CASE WHEN cardinality(a.chosen) = 0 THEN
        CASE WHEN a.fits IS NOT NULL THEN CASE a.action WHEN 'delete' THEN 'None of these runs has ended.' ELSE 'None of these runs is active.' END
             WHEN cardinality(a.others) = 0 THEN 'None of the chosen runs is there any more.'
             WHEN a.action = 'delete' THEN 'All of the chosen runs are still active. Cancel them first, then delete them.'
             ELSE 'All of the chosen runs have ended already.' END END,
    'typed', NULL, 'error', NULL,
    'action', '/runs/selection', 'button', initcap(a.action), 'back', a.back,
    'fields', (SELECT json_agg(json_build_object('name', f.name, 'value', f.value)) FROM (
        VALUES ('action', a.action), ('back', a.back), ('sure', '1'), ('runs', array_to_string(a.chosen, ','))) AS f (name, value)),
    'no_runner', false)
FROM acts a CROSS JOIN LATERAL deletion_cost(CASE a.action WHEN 'delete' THEN a.chosen ELSE '{}' END) c
