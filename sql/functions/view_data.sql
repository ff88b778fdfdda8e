-- A data source as lists and its own page show it.
CREATE FUNCTION view_data_source(d data_sources) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_build_object(
        'id', d.id, 'href', '/data/' || d.id, 'file', '/api/v1/data-sources/' || d.id || '/file', 'name', d.name, 'project', nullif(d.project, ''),
        'version', CASE WHEN d.version > 1 THEN d.version END, 'rows', fmt_count(d.rows), 'columns', fmt_count(json_array_length(d.columns)),
        'types', (SELECT string_agg(x.words, ', ' ORDER BY x.n DESC, x.words)
                  FROM (SELECT count(*) AS n, count(*) || ' ' || (c ->> 'type') AS words FROM json_array_elements(d.columns) AS c GROUP BY c ->> 'type') x),
        'size', fmt_bytes(d.bytes), 'bytes', d.bytes, 'sha256', d.sha256, 'hash', left(d.sha256, 12), 'reference', d.name || '@sha256:' || d.sha256,
        'delimiter', CASE d.delimiter WHEN ',' THEN 'comma' WHEN ';' THEN 'semicolon' WHEN E'\t' THEN 'tab' ELSE 'bar' END,
        'used', nullif(data_uses_words(d.instances, d.runs), ''), 'odd', json_array_length(d.notes) > 0,
        'when', view_time(d.created_at), 'by', d.created_by);
END
$$;
