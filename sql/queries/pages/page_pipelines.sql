-- GET /pipelines: names, each with its newest versions (list_pipelines, view_pipeline). pipelines_shown, pipelines_words.
WITH p AS (
    SELECT left($1::json #>> '{query,q}', 100) AS q, left($1::json #>> '{query,after}', 100) AS after, ($1::json #>> '{user,scope}') IN ('run', 'admin') AS can_run
), page AS MATERIALIZED (
    SELECT x.* FROM p, list_pipelines(p.q, p.after, 21) l JOIN pipelines x ON x.id = l.id ORDER BY lower(x.name) LIMIT 21
), shown AS (
    SELECT * FROM page ORDER BY lower(name) LIMIT 20
)
SELECT json_build_object(
    'title', 'Pipelines', 'q', coalesce(p.q, ''), 'searched', coalesce(p.q, '') <> '',
    'none', NOT EXISTS (SELECT FROM page), 'later', coalesce(p.after, '') <> '',
    'pipelines', coalesce((SELECT json_agg(view_pipeline(s, NULL, NULL, 3, p.can_run) ORDER BY lower(s.name)) FROM shown s), '[]'),
    'first', '/pipelines' || CASE WHEN p.q <> '' THEN '?q=' || url_encoded(p.q) ELSE '' END,
    'next', CASE WHEN (SELECT count(*) FROM page) > 20 THEN '/pipelines?after=' || (SELECT name FROM shown ORDER BY lower(name) DESC LIMIT 1)
                                                            || CASE WHEN p.q <> '' THEN '&q=' || url_encoded(p.q) ELSE '' END END,
    'can_run', p.can_run, 'no_runner', false)
FROM p
