-- The sweep, holding the store's lock: which of these contents does neither a record nor a promoted version refer to. records_sha256,
-- pipeline_versions_sha256.
SELECT x.sha256 FROM unnest($1::text[]) AS x (sha256)
WHERE NOT EXISTS (SELECT FROM artifacts a WHERE a.sha256 = x.sha256)
  AND NOT EXISTS (SELECT FROM pipeline_versions v WHERE v.sha256 = x.sha256)
