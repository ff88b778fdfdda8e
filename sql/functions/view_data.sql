-- A data source as lists and its own page show it.
CREATE FUNCTION view_data_source(d data_sources) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_build_object(
        'id', d.id, 'href', '/data/' || d.id, 'file', '/api/v1/data-sources/' || d.id || '/file', 'name', d.name, 'project', nullif(d.project, ''),
        'in_project', '/data?project=' || url_encoded(d.project),
        'version', CASE WHEN d.version > 1 THEN d.version END, 'rows', fmt_count(d.rows), 'columns', fmt_count(json_array_length(d.columns)),
        'types', (SELECT string_agg(x.words, ', ' ORDER BY x.n DESC, x.words)
                  FROM (SELECT count(*) AS n, count(*) || ' ' || (c ->> 'type') AS words FROM json_array_elements(d.columns) AS c GROUP BY c ->> 'type') x),
        'size', fmt_bytes(d.bytes), 'bytes', d.bytes, 'sha256', d.sha256, 'hash', left(d.sha256, 12), 'reference', d.name || '@sha256:' || d.sha256,
        'delimiter', CASE d.delimiter WHEN ',' THEN 'comma' WHEN ';' THEN 'semicolon' WHEN E'\t' THEN 'tab' ELSE 'bar' END,
        'used', nullif(data_uses_words(d.instances, d.runs), ''), 'odd', json_array_length(d.notes) > 0,
        'when', view_time(d.created_at), 'by', d.created_by);
END
$$;

-- A reference with as much of its hash as tells contents apart; any other text as it is.
CREATE FUNCTION short_reference(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(p_text, '(.@sha256:[0-9a-f]{8})[0-9a-f]{56}$', '\1')
$$;

-- What a form offers for fields of type data_source: the newest 300 uploads, and what the configuration refers to although its name
-- has another content now; [{"value","label","project"}], by name. Null where the manifest has no such field.
CREATE FUNCTION view_data_choices(p_manifest json, p_configuration json) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_manifest::text !~ '"data_source"' THEN
        RETURN NULL;
    END IF;
    RETURN (
        WITH offered AS (
            (SELECT s.id, s.project, s.name, s.sha256, s.rows, NULL::timestamptz AS replaced_at, s.name AS called
             FROM list_data_sources(NULL, 'current', NULL, 300) l JOIN data_sources s ON s.id = l.id)
            UNION
            SELECT s.id, s.project, s.name, s.sha256, s.rows, s.replaced_at, r.name
            FROM data_references(coalesce(p_configuration, '{}')) r JOIN data_sources s ON s.id = data_source_of(r.name, r.sha256, '')
        )
        SELECT coalesce(json_agg(json_build_object(
            'value', o.called || '@sha256:' || o.sha256, 'project', o.project,
            'label', o.called || ' (' || fmt_count(o.rows) || CASE o.rows WHEN 1 THEN ' row' ELSE ' rows' END
                     || CASE WHEN o.replaced_at IS NOT NULL THEN ', replaced since' WHEN o.called <> o.name THEN ', now ' || o.name ELSE '' END || ')')
            ORDER BY o.project, lower(o.called), o.id DESC), '[]')
        FROM (SELECT DISTINCT ON (called, sha256) * FROM offered
              ORDER BY called, sha256, replaced_at IS NULL DESC, id) o);
END
$$;
