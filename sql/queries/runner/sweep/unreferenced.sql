-- The sweep, holding the store's lock: which of these contents does no record, promoted version or data source refer to. records_sha256,
-- pipeline_versions_sha256, data_sources_content.
SELECT x.sha256 FROM unnest($1::text[]) AS x (sha256)
WHERE NOT EXISTS (SELECT FROM artifacts a WHERE a.sha256 = x.sha256)
  AND NOT EXISTS (SELECT FROM pipeline_versions v WHERE v.sha256 = x.sha256)
  AND NOT EXISTS (SELECT FROM data_sources s WHERE s.sha256 = x.sha256)
