-- GET /api/v1/runs/{id}/snapshot: all that made a run and what became of it (run_snapshot), and what its experiment is now. runs_pkey, experiments_pkey,
-- data_uses_run.
SELECT left(s.doc::text, -1) || ', "now": ' || coalesce((
    SELECT json_build_object('version', e.version, 'content_hash', e.content_hash,
                             'same', e.content_hash = s.doc #>> '{snapshot,content_hash}',
                             'replaced_data', array(SELECT d.name FROM data_uses u JOIN data_sources d ON d.id = u.source_id
                                                    WHERE u.run_id = (s.doc ->> 'run')::bigint AND d.replaced_at IS NOT NULL ORDER BY d.name))::text
    FROM experiments e WHERE e.name = s.doc ->> 'experiment'), 'null') || '}'
FROM (SELECT run_snapshot(($1::json #>> '{path,id}')::bigint)) AS s (doc)
WHERE s.doc IS NOT NULL
