-- Pipelines and their versions as pages show them.

-- Names that hold the text q, by name, behind the name p_after. Where few hold it they are found by pipelines_words and sorted; where many do,
-- pipelines_shown is followed until there are enough.
CREATE FUNCTION list_pipelines(p_q text, p_after text, p_limit int) RETURNS TABLE (id bigint) ROWS 20 LANGUAGE plpgsql STABLE AS $$
DECLARE
    few   CONSTANT int := 500;
    found bigint[];
    among text := 'pipelines p WHERE';
BEGIN
    IF p_q <> '' THEN
        EXECUTE format('SELECT array_agg(x.id) FROM (SELECT p.id FROM pipelines p WHERE lower(p.name) LIKE like_pattern($1) LIMIT %s) x', few) INTO found USING p_q;
        among := CASE WHEN coalesce(cardinality(found), 0) < few THEN '(SELECT * FROM pipelines f WHERE f.id = ANY ($4) OFFSET 0) p WHERE'
                      ELSE 'pipelines p WHERE lower(p.name) LIKE like_pattern($1) AND' END;
    END IF;
    RETURN QUERY EXECUTE format('SELECT p.id FROM %s p.versions > 0 AND lower(p.name) > lower($2) ORDER BY lower(p.name) LIMIT $3', among)
    USING p_q, coalesce(p_after, ''), p_limit, coalesce(found, '{}');
END
$$;

CREATE FUNCTION view_version_href(p_name text, p_version bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN '/pipelines/' || p_name || '/versions/' || p_version;
END
$$;

-- A stage as a badge, and as the options of a select, none first.
CREATE FUNCTION view_stage(p_stage text) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN '{"status":"' || p_stage || '","label":"' || initcap(p_stage) || '"}';
END
$$;
CREATE FUNCTION view_stages(p_stage text) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN format('[{"value":"","label":"No stage","selected":%s},{"value":"staging","label":"Staging","selected":%s},'
                  '{"value":"production","label":"Production","selected":%s},{"value":"archived","label":"Archived","selected":%s}]',
                  (p_stage IS NULL)::text, (p_stage IS NOT DISTINCT FROM 'staging')::text, (p_stage IS NOT DISTINCT FROM 'production')::text,
                  (p_stage IS NOT DISTINCT FROM 'archived')::text);
END
$$;

-- What a version was worth when it was promoted: the row of its table, the run's scalar results, the last value of each metric.
CREATE FUNCTION version_metrics(v pipeline_versions) RETURNS TABLE (place bigint, key text, value json, source text) LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN QUERY SELECT row_number() OVER (ORDER BY x.part, x.at), x.key, x.value, (ARRAY['table', 'result', 'metric'])[x.part]
    FROM (SELECT 1 AS part, e.ordinality AS at, e.key, e.value FROM json_each(coalesce(v.board_row, '{}')) WITH ORDINALITY e
          UNION ALL SELECT 2, e.ordinality, e.key, e.value FROM json_each(v.results) WITH ORDINALITY e
          UNION ALL SELECT 3, e.ordinality, e.key, e.value FROM json_each(v.metrics) WITH ORDINALITY e) x;
END
$$;

-- The outcome of the last verification; null before the first.
CREATE FUNCTION view_verified(v pipeline_versions) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    good boolean := v.verified_sha256 IS NOT DISTINCT FROM v.sha256;
BEGIN
    RETURN CASE WHEN v.verified_at IS NOT NULL THEN json_build_object('good', good, 'when', view_time(v.verified_at), 'by', v.verified_by,
        'wrong', CASE WHEN good THEN NULL
                      WHEN v.verified_sha256 IS NULL THEN 'The store does not have the file of version ' || v.version || ' any more.'
                      ELSE 'The stored file of version ' || v.version || ' is not what was promoted: its SHA-256 is ' || v.verified_sha256 || ' now.' END) END;
END
$$;

-- A version as a row of a list and as the head of its page.
CREATE FUNCTION view_version(v pipeline_versions, p_name text, p_can_run boolean) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    href text := view_version_href(p_name, v.version);
BEGIN
    RETURN json_build_object(
        'id', v.id, 'pipeline', p_name, 'number', v.version, 'href', href, 'badge', view_stage(v.stage), 'stages', view_stages(v.stage),
        'description', v.description, 'tags', v.tags, 'can_run', p_can_run, 'promoted', view_time(v.promoted_at), 'by', v.promoted_by,
        'metrics', (SELECT json_agg(json_build_object('key', m.key, 'text', view_scalar(m.value)) ORDER BY m.place)
                    FROM (SELECT * FROM version_metrics(v) x WHERE json_typeof(x.value) = 'number' ORDER BY x.place LIMIT 4) m),
        'run', json_build_object('id', v.run_id, 'number', v.run_number, 'instance', v.instance_name, 'experiment', v.experiment,
                                 'exists', EXISTS (SELECT FROM runs r WHERE r.id = v.run_id)),
        'file', json_build_object('name', v.artifact_name, 'size', fmt_bytes(v.size), 'bytes', v.size, 'sha256', v.sha256, 'media_type', v.media_type,
                                  'href', '/api/v1' || href || '/download'),
        'verified', view_verified(v));
END
$$;

-- A name with its newest p_limit versions before p_before, of a stage where one is given.
CREATE FUNCTION view_pipeline(p pipelines, p_stage text, p_before bigint, p_limit int, p_can_run boolean) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    ids bigint[] := ARRAY(SELECT l.id FROM list_versions(p.id, p_stage, p_before, p_limit + 1) l ORDER BY l.version DESC);
BEGIN
    RETURN json_build_object(
        'name', p.name, 'href', '/pipelines/' || p.name, 'count', fmt_count(p.versions), 'many', p.versions > 1, 'more', cardinality(ids) > p_limit,
        'production', (SELECT json_build_object('number', v.version, 'href', view_version_href(p.name, v.version))
                       FROM pipeline_versions v WHERE v.pipeline_id = p.id AND v.stage = 'production'),
        'versions', coalesce((SELECT json_agg(view_version(v, p.name, p_can_run) ORDER BY v.version DESC)
                              FROM pipeline_versions v WHERE v.id = ANY (ids[1:p_limit])), '[]'),
        'last', (SELECT min(v.version) FROM pipeline_versions v WHERE v.id = ANY (ids[1:p_limit])));
END
$$;

-- A name that suits a pipeline, made of an instance's.
CREATE FUNCTION pipeline_name(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT left(coalesce(nullif(trim(BOTH '-' FROM regexp_replace(lower(p_text), '[^a-z0-9]+', '-', 'g')), ''), 'pipeline'), 100)
$$;
