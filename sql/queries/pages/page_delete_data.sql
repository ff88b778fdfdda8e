-- GET and POST /data/{id}/delete: what goes, or who uses it. data_sources_pkey.
SELECT json_build_object(
    'title', 'Delete ' || d.name, 'heading', 'Delete ' || d.name || '?',
    'words', CASE WHEN d.instances + d.runs = 0 THEN json_build_array(
        fmt_count(d.rows) || CASE d.rows WHEN 1 THEN ' row' ELSE ' rows' END || ', ' || fmt_bytes(d.bytes) || '. There is no way back.') END,
    'impossible', CASE WHEN d.instances + d.runs > 0 THEN
        'It is in use by ' || data_uses_words(d.instances, d.runs) || ': ' || (
            SELECT string_agg(CASE u.item ->> 'kind' WHEN 'run' THEN 'run #' || (u.item ->> 'number') || ' of ' ELSE '' END || (u.item ->> 'name'), ', ' ORDER BY u.place)
            FROM list_data_uses(d.id, 0, 5) u) || CASE WHEN d.instances + d.runs > 5 THEN ' ...' ELSE '.' END END,
    'typed', NULL, 'error', NULL, 'action', '/data/' || d.id || '/delete', 'fields', '[]'::json, 'button', 'Delete', 'back', '/data/' || d.id,
    'no_runner', false)
FROM data_sources d WHERE d.id = ($1::json #>> '{path,id}')::bigint
