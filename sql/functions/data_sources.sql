-- Uploaded tables: which one is meant, and what an upload comes to.

-- The texts NAME@sha256:HASH of a configuration: how it refers to what was uploaded.
CREATE FUNCTION data_references(p_configuration json) RETURNS TABLE (name text, sha256 text) ROWS 1 LANGUAGE sql IMMUTABLE AS $$
    SELECT DISTINCT ('"' || m[1] || '"')::json #>> '{}', m[2]
    FROM regexp_matches(p_configuration::text, '"((?:[^"\\]|\\.)+)@sha256:([0-9a-f]{64})"(?!\s*:)', 'g') AS m
$$;

-- Which of the data sources with that content is meant: the one of that name in that project, or the nearest to it.
CREATE FUNCTION data_source_of(p_name text, p_sha256 text, p_project text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT s.id FROM data_sources s WHERE s.sha256 = p_sha256
    ORDER BY s.project = p_project DESC, s.name = p_name DESC, s.project = '' DESC, s.replaced_at IS NULL DESC, s.id DESC
    LIMIT 1
$$;

-- What stands for a data source in an address: its number, or the name that it has in a project.
CREATE FUNCTION find_data_source(p_source text, p_project text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_source ~ '^[0-9]+$' THEN
        RETURN (SELECT s.id FROM data_sources s WHERE s.id = CASE WHEN p_source ~ '^[0-9]{1,18}$' THEN p_source::bigint END);
    END IF;
    RETURN (SELECT s.id FROM data_sources s
            WHERE s.project = coalesce(p_project, '') AND s.name = p_source AND s.replaced_at IS NULL);
END
$$;

-- What stands in the way of an upload of that many bytes: `taken` (another has the name), `full` (the quota), or null.
CREATE FUNCTION data_source_obstacle(p_project text, p_name text, p_replace boolean, p_bytes bigint, p_quota bigint)
RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE
        WHEN NOT p_replace AND EXISTS (
            SELECT FROM data_sources s WHERE s.project = p_project AND s.name = p_name AND s.replaced_at IS NULL) THEN 'taken'
        WHEN (SELECT t.bytes FROM data_total t) + p_bytes > p_quota THEN 'full' END;
END
$$;

-- Records what was uploaded, one at a time. outcome: `made`, `same` (the name has this content already), or an obstacle, and then
-- nothing was done. shown is the row as the API shows it, since the next upload may take it away at once.
CREATE FUNCTION add_data_source(p_project text, p_name text, p_replace boolean, p_quota bigint, p_bytes bigint, p_sha256 text, p_rows bigint,
                                p_delimiter text, p_columns json, p_sample json, p_notes json, p_user text, OUT outcome text, OUT id bigint, OUT shown json)
LANGUAGE plpgsql AS $$
DECLARE
    before data_sources;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('athanor data sources'));
    SELECT * INTO before FROM data_sources s
    WHERE s.project = p_project AND s.name = p_name AND s.replaced_at IS NULL FOR UPDATE;
    IF p_replace AND before.sha256 = p_sha256 THEN
        outcome := 'same';
        id := before.id;
        shown := (SELECT row_to_json(a) FROM api_data_sources a WHERE a.id = before.id);
        RETURN;
    END IF;
    outcome := data_source_obstacle(p_project, p_name, p_replace, p_bytes, p_quota);
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    IF before.instances + before.runs = 0 THEN
        DELETE FROM data_sources s WHERE s.id = before.id;
    ELSE
        UPDATE data_sources s SET replaced_at = clock_timestamp() WHERE s.id = before.id;
    END IF;
    INSERT INTO data_sources (project, name, version, bytes, sha256, rows, delimiter, columns, sample, notes, created_by)
    VALUES (p_project, p_name, coalesce(before.version, 0) + 1, p_bytes, p_sha256, p_rows, p_delimiter, p_columns, p_sample, p_notes, p_user)
    RETURNING data_sources.id INTO id;
    outcome := 'made';
    shown := (SELECT row_to_json(a) FROM api_data_sources a WHERE a.id = add_data_source.id);
END
$$;

-- Takes away what nobody uses.
CREATE FUNCTION delete_data_source(p_id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    s data_sources;
BEGIN
    SELECT * INTO s FROM data_sources d WHERE d.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no data source %', p_id USING ERRCODE = 'AT404';
    ELSIF s.instances + s.runs > 0 THEN
        RAISE EXCEPTION 'the data source % is in use by %', s.name, data_uses_words(s.instances, s.runs) USING ERRCODE = 'AT409';
    END IF;
    DELETE FROM data_sources d WHERE d.id = p_id;
END
$$;

-- 2 instances and 1 run; empty where nobody uses it.
CREATE FUNCTION data_uses_words(p_instances bigint, p_runs bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws(' and ', CASE WHEN p_instances > 0 THEN fmt_count(p_instances) || CASE p_instances WHEN 1 THEN ' instance' ELSE ' instances' END END,
                     CASE WHEN p_runs > 0 THEN fmt_count(p_runs) || CASE p_runs WHEN 1 THEN ' run' ELSE ' runs' END END)
$$;

-- The reference that a text stands for in a configuration of that project: see data_source_resolve.sql.
CREATE FUNCTION resolve_data_source(p_text text, p_project text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    hash text := substring(p_text FROM '.@sha256:([0-9a-f]{64})$');
BEGIN
    IF hash IS NOT NULL THEN
        RETURN CASE WHEN EXISTS (SELECT FROM data_sources s WHERE s.sha256 = hash) THEN p_text END;
    END IF;
    RETURN (SELECT s.name || '@sha256:' || s.sha256 FROM data_sources s
            WHERE s.project IN (p_project, '') AND s.name = p_text AND s.replaced_at IS NULL
            ORDER BY s.project = p_project DESC LIMIT 1);
END
$$;
