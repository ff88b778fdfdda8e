-- The page of pipelines searches their names.
CREATE INDEX pipelines_words ON pipelines USING gin (lower(name) gin_trgm_ops);
