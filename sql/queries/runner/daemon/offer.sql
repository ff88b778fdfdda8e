-- The daemon tells of an experiment that is new or has changed. A broken one (no manifest) keeps the manifest that it
-- had, so that its instances can still be shown. Primary keys.
WITH known AS (
    INSERT INTO experiments (name, title, description, version, manifest, content_hash, folder, error)
    VALUES ($2::text, $3::text, $4::text, $5::text, coalesce($6::json, '{}'), $7::text, $8::text, $9::text)
    ON CONFLICT (name) DO UPDATE
    SET title = CASE WHEN $6::json IS NULL THEN experiments.title ELSE excluded.title END,
        description = CASE WHEN $6::json IS NULL THEN experiments.description ELSE excluded.description END,
        version = CASE WHEN $6::json IS NULL THEN experiments.version ELSE excluded.version END,
        manifest = coalesce($6::json, experiments.manifest),
        content_hash = excluded.content_hash, folder = excluded.folder, error = excluded.error,
        updated_at = CASE WHEN (experiments.content_hash, experiments.error)
                               IS DISTINCT FROM (excluded.content_hash, excluded.error)
                          THEN now() ELSE experiments.updated_at END
)
INSERT INTO offers (runner_id, experiment, content_hash, error)
VALUES ($1::bigint, $2::text, $7::text, $9::text)
ON CONFLICT (runner_id, experiment) DO UPDATE
SET content_hash = excluded.content_hash, error = excluded.error
