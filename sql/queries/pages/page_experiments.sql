-- GET /experiments, the dashboard: a page of instances, newest first, with their last runs. Pages by key (instances_pkey);
-- a card's runs come from runs_instance_id_number_key.
WITH p AS (
    SELECT left($1::json #>> '{query,q}', 200) AS q,
           nullif($1::json #>> '{query,experiment}', '') AS experiment,
           nullif($1::json #>> '{query,status}', '') AS status,
           nullif($1::json #>> '{query,project}', '') AS project,
           CASE WHEN $1::json #>> '{query,before}' ~ '^[0-9]{1,18}$' THEN ($1::json #>> '{query,before}')::bigint END AS before,
           ($1::json #>> '{user,scope}') IN ('run', 'admin') AS can_run
), page AS (
    SELECT i.*, l AS last
    FROM p, instances i
    LEFT JOIN LATERAL (SELECT * FROM runs r WHERE r.instance_id = i.id ORDER BY r.number DESC LIMIT 1) l ON true
    WHERE (p.before IS NULL OR i.id < p.before)
      AND (p.experiment IS NULL OR i.experiment = p.experiment)
      AND (p.project IS NULL OR i.project = p.project)
      AND (coalesce(p.q, '') = '' OR strpos(lower(i.name || ' ' || i.experiment || ' ' || i.description), lower(p.q)) > 0)
      AND (p.status IS NULL OR CASE p.status WHEN 'none' THEN l IS NULL ELSE (l).status = p.status END)
    ORDER BY i.id DESC LIMIT 25
), cards AS (
    SELECT c.id, json_build_object(
        'id', c.id, 'name', c.name, 'experiment', c.experiment, 'experiment_title', coalesce(e.title, c.experiment),
        'description', left(c.description, 200), 'project', c.project,
        'runs', fmt_count(n.runs), 'one_run', n.runs = 1, 'can_run', p.can_run,
        'last', CASE WHEN (c.last).id IS NOT NULL THEN json_build_object(
            'id', (c.last).id, 'number', (c.last).number,
            'badge', view_badge((c.last).status, (c.last).cancel_requested_at),
            'when', view_time(coalesce((c.last).started_at, (c.last).created_at)),
            'elapsed', view_elapsed((c.last).started_at, (c.last).finished_at)) END,
        'spark', s.bars) AS card
    FROM p, page c
    LEFT JOIN experiments e ON e.name = c.experiment
    CROSS JOIN LATERAL (SELECT count(*) AS runs FROM runs r WHERE r.instance_id = c.id) n
    CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object('x', (20 - b.place) * 6, 'y', 20 - b.height, 'height', b.height, 'status', b.status)) AS bars
        FROM (SELECT t.status, t.place,
                     CASE WHEN max(t.ms) OVER () > 0 THEN greatest(3, round(20.0 * t.ms / max(t.ms) OVER ()))::int ELSE 3 END AS height
              FROM (SELECT r.status, row_number() OVER (ORDER BY r.number DESC) AS place,
                           coalesce(epoch_ms(coalesce(r.finished_at, now())) - epoch_ms(r.started_at), 0) AS ms
                    FROM runs r WHERE r.instance_id = c.id ORDER BY r.number DESC LIMIT 20) t) b) s
    ORDER BY c.id DESC LIMIT 24
)
SELECT json_build_object(
    'title', 'Experiments',
    'cards', coalesce((SELECT json_agg(card ORDER BY id DESC) FROM cards), '[]'),
    'empty', NOT EXISTS (SELECT FROM instances),
    'none_found', EXISTS (SELECT FROM instances) AND NOT EXISTS (SELECT FROM page),
    'next', CASE WHEN (SELECT count(*) FROM page) > 24 THEN '?before=' || (SELECT min(id) FROM cards)
        || coalesce('&q=' || url_encoded(nullif(p.q, '')), '') || coalesce('&experiment=' || url_encoded(p.experiment), '')
        || coalesce('&status=' || url_encoded(p.status), '') || coalesce('&project=' || url_encoded(p.project), '') END,
    'later', p.before IS NOT NULL,
    'filter', json_build_object(
        'q', coalesce(p.q, ''), 'experiment', p.experiment, 'status', p.status, 'project', p.project,
        'active', coalesce(p.q, '') <> '' OR p.experiment IS NOT NULL OR p.status IS NOT NULL OR p.project IS NOT NULL,
        'experiments', (SELECT coalesce(json_agg(json_build_object('value', x.name, 'label', x.title, 'selected', x.name IS NOT DISTINCT FROM p.experiment)
                                                 ORDER BY x.title), '[]') FROM experiments x),
        'statuses', (SELECT json_agg(json_build_object('value', v, 'label', initcap(l), 'selected', v IS NOT DISTINCT FROM p.status))
                     FROM (VALUES ('pending', 'pending'), ('running', 'running'), ('completed', 'completed'),
                                  ('failed', 'failed'), ('cancelled', 'cancelled'), ('none', 'never run')) s (v, l)),
        'projects', (SELECT json_agg(json_build_object('value', x.project, 'selected', x.project IS NOT DISTINCT FROM p.project) ORDER BY x.project)
                     FROM (SELECT DISTINCT project FROM instances WHERE project <> '') x)),
    'can_run', p.can_run,
    'no_runner', view_no_runner())
FROM p
