-- Data sources as the API shows them.
CREATE VIEW api_data_sources AS
SELECT id, project, name, version, CASE WHEN replaced_at IS NULL THEN 'current' ELSE 'replaced' END AS state, bytes, sha256, rows, delimiter,
       columns, json_array_length(columns) AS column_count, notes, name || '@sha256:' || sha256 AS reference,
       json_build_object('instances', instances, 'runs', runs) AS uses, created_by, rfc3339(created_at) AS created_at,
       '/api/v1/data-sources/' || id || '/file' AS href
FROM data_sources;
