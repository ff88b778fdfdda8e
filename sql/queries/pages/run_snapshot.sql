-- GET /api/v1/runs/{id}/snapshot: all that made a run and what became of it (run_snapshot), and what its experiment is now. runs_pkey, experiments_pkey.
SELECT left(s.doc::text, -1) || ', "now": ' || coalesce((
    SELECT json_build_object('version', e.version, 'content_hash', e.content_hash,
                             'same', e.content_hash = s.doc #>> '{snapshot,content_hash}')::text
    FROM experiments e WHERE e.name = s.doc ->> 'experiment'), 'null') || '}'
FROM (SELECT run_snapshot(($1::json #>> '{path,id}')::bigint)) AS s (doc)
WHERE s.doc IS NOT NULL
