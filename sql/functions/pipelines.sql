-- Pipelines and their versions: promoting, stages, and what the API says of them.

-- A name as a person typed it, or an error.
CREATE FUNCTION find_pipeline(p_name text) RETURNS pipelines LANGUAGE plpgsql STABLE AS $$
DECLARE
    p pipelines;
BEGIN
    SELECT * INTO p FROM pipelines WHERE lower(name) = lower(p_name) AND versions > 0;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no pipeline %', left(p_name, 100) USING ERRCODE = 'AT404';
    END IF;
    RETURN p;
END
$$;

-- The id of a version, or an error.
CREATE FUNCTION find_version(p_name text, p_version bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    p     pipelines := find_pipeline(p_name);
    found bigint;
BEGIN
    SELECT v.id INTO found FROM pipeline_versions v WHERE v.pipeline_id = p.id AND v.version = p_version;
    IF found IS NULL THEN
        RAISE EXCEPTION 'there is no version % of %', p_version, p.name USING ERRCODE = 'AT404';
    END IF;
    RETURN found;
END
$$;

-- The artifact of a run that is meant: the newest of a name, or the record of a number; with neither, the only file, or the only
-- one that is no image.
CREATE FUNCTION artifact_to_promote(p_run bigint, p_n bigint, p_name text) RETURNS artifacts LANGUAGE plpgsql STABLE AS $$
DECLARE
    chosen artifacts;
    others bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM records WHERE run_id = p_run AND kind = 'artifact') THEN
        RAISE EXCEPTION 'run % has handed over no file that could be promoted', p_run USING ERRCODE = 'AT409';
    ELSIF p_n IS NOT NULL THEN
        SELECT * INTO chosen FROM artifacts WHERE run_id = p_run AND n = p_n;
    ELSIF p_name IS NOT NULL THEN
        SELECT a.* INTO chosen FROM records r JOIN artifacts a ON a.run_id = r.run_id AND a.n = r.n
        WHERE r.run_id = p_run AND r.kind = 'artifact' AND r.key = p_name ORDER BY r.n DESC LIMIT 1;
    ELSE
        SELECT x.* INTO chosen FROM artifacts x WHERE x.run_id = p_run ORDER BY x.media_type LIKE 'image/%', x.n LIMIT 1;
        SELECT count(*) INTO others FROM artifacts x
        WHERE x.run_id = p_run AND x.n <> chosen.n AND (x.media_type NOT LIKE 'image/%' OR chosen.media_type LIKE 'image/%');
        IF others > 0 THEN
            RAISE EXCEPTION 'run % has % files: say which one', p_run, others + 1 USING ERRCODE = 'AT422', COLUMN = 'artifact';
        END IF;
    END IF;
    IF chosen.n IS NULL THEN
        RAISE EXCEPTION 'run % has no such file', p_run USING ERRCODE = 'AT422', COLUMN = 'artifact';
    END IF;
    RETURN chosen;
END
$$;

-- The newest row of a table of the run that an artifact names: a text of it is a part of the artifact's path, or its name without the
-- ending. The table "leaderboard" goes first; of each table the newest 2,000 rows are looked at.
CREATE FUNCTION artifact_row(p_run bigint, p_name text) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    names text[] := regexp_split_to_array(p_name, '/') || regexp_replace(p_name, '^.*/|\.[^./]*$', '', 'g');
BEGIN
    RETURN (SELECT t.vals
            FROM (SELECT DISTINCT key FROM records WHERE run_id = p_run AND kind = 'row' ORDER BY key LIMIT 20) k,
                 LATERAL (SELECT r.n, r.body::json -> 'values' AS vals FROM records r
                          WHERE r.run_id = p_run AND r.kind = 'row' AND r.key = k.key AND r.brief IS NULL ORDER BY r.n DESC LIMIT 2000) t
            WHERE EXISTS (SELECT FROM json_each(t.vals) v WHERE json_typeof(v.value) = 'string' AND v.value #>> '{}' = ANY (names))
            ORDER BY k.key = 'leaderboard' DESC, t.n DESC LIMIT 1);
END
$$;

-- Makes the next version of a name; or finds the one that the same artifact made before (made: false). The version as the API shows
-- it, and what its address is made of.
CREATE FUNCTION promote_run(p_user text, p_run bigint, p_name text, p_description text, p_tags text[], p_n bigint, p_artifact text)
RETURNS TABLE (made boolean, shown json, pipeline text, number bigint) LANGUAGE plpgsql AS $$
DECLARE
    r   runs;
    a   artifacts;
    p   pipelines;
    v   bigint;
BEGIN
    SELECT * INTO r FROM runs WHERE id = p_run FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no run %', p_run USING ERRCODE = 'AT404';
    ELSIF r.status <> 'completed' THEN
        RAISE EXCEPTION 'run % %: only what has completed can be promoted', p_run,
            CASE r.status WHEN 'pending' THEN 'has not started' WHEN 'running' THEN 'is still running' WHEN 'failed' THEN 'failed' ELSE 'was cancelled' END
            USING ERRCODE = 'AT409';
    END IF;
    a := artifact_to_promote(p_run, p_n, p_artifact);
    INSERT INTO pipelines (name) VALUES (p_name) ON CONFLICT DO NOTHING;
    SELECT * INTO p FROM pipelines WHERE lower(name) = lower(p_name) FOR UPDATE;
    SELECT x.id INTO v FROM pipeline_versions x WHERE x.pipeline_id = p.id AND x.run_id = p_run AND x.artifact_n = a.n;
    made := v IS NULL;
    IF made THEN
        UPDATE pipelines SET versions_made = versions_made + 1, versions = versions + 1, updated_at = now() WHERE id = p.id;
        INSERT INTO pipeline_versions (pipeline_id, version, description, tags, promoted_by, run_id, artifact_n, artifact_name, sha256, size, media_type,
                                       run_number, instance_id, instance_name, experiment, results, metrics, board_row, origin)
        SELECT p.id, p.versions_made + 1, p_description, p_tags, p_user, p_run, a.n, a.name, a.sha256, a.size, a.media_type,
               r.number, i.id, i.name, r.experiment, o.results, o.metrics, artifact_row(p_run, a.name), run_snapshot(p_run)
        FROM instances i JOIN run_outcomes o ON o.run_id = p_run WHERE i.id = r.instance_id
        RETURNING id INTO v;
    END IF;
    RETURN QUERY SELECT made, api_version(v), p.name, x.version FROM pipeline_versions x WHERE x.id = v;
END
$$;

-- Moves a version to a stage. One version of a name is in production at most: the one that was is archived.
CREATE FUNCTION set_stage(p_user text, p_name text, p_version bigint, p_stage text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v     pipeline_versions;
    other bigint;
BEGIN
    PERFORM FROM pipelines WHERE id = (find_pipeline(p_name)).id FOR UPDATE;
    SELECT * INTO v FROM pipeline_versions WHERE id = find_version(p_name, p_version);
    IF v.stage IS NOT DISTINCT FROM p_stage THEN
        RETURN v.id;
    END IF;
    IF p_stage = 'production' THEN
        UPDATE pipeline_versions SET stage = 'archived', updated_at = now()
        WHERE pipeline_id = v.pipeline_id AND stage = 'production' RETURNING id INTO other;
        INSERT INTO pipeline_stages (version_id, stage, by, because)
        SELECT other, 'archived', p_user, 'version ' || p_version || ' went into production' WHERE other IS NOT NULL;
    END IF;
    UPDATE pipeline_versions SET stage = p_stage, updated_at = now() WHERE id = v.id;
    INSERT INTO pipeline_stages (version_id, stage, by) VALUES (v.id, p_stage, p_user);
    UPDATE pipelines SET updated_at = now() WHERE id = v.pipeline_id;
    RETURN v.id;
END
$$;

-- Changes what is said of a version; null leaves it as it is. False where it is not what p_if_match names. Versions of a name are changed one
-- at a time, so what was compared is what is changed.
CREATE FUNCTION describe_version(p_name text, p_version bigint, p_description text, p_tags text[], p_if_match text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    PERFORM FROM pipelines WHERE id = (find_pipeline(p_name)).id FOR UPDATE;
    found := find_version(p_name, p_version);
    IF NOT is_match(p_if_match, api_version(found)::text) THEN
        RETURN false;
    END IF;
    UPDATE pipeline_versions SET description = coalesce(p_description, description), tags = coalesce(p_tags, tags), updated_at = now() WHERE id = found;
    RETURN true;
END
$$;

-- Takes a version; its content is looked at by the sweep. What is in production stays.
CREATE FUNCTION delete_version(p_name text, p_version bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v pipeline_versions;
BEGIN
    PERFORM FROM pipelines WHERE id = (find_pipeline(p_name)).id FOR UPDATE;
    SELECT * INTO v FROM pipeline_versions WHERE id = find_version(p_name, p_version);
    IF v.stage = 'production' THEN
        RAISE EXCEPTION 'version % of % is in production: archive it first', p_version, p_name USING ERRCODE = 'AT409';
    END IF;
    INSERT INTO freed_contents (sha256) VALUES (v.sha256);
    DELETE FROM pipeline_versions WHERE id = v.id;
    UPDATE pipelines SET versions = versions - 1, updated_at = now() WHERE id = v.pipeline_id;
END
$$;

-- ---- what the API says ----

-- When a version's stored file was read last, and whether it was what it should be; null before the first time.
CREATE FUNCTION api_verified(v pipeline_versions) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN v.verified_at IS NOT NULL THEN json_build_object(
        'at', rfc3339(v.verified_at), 'by', v.verified_by, 'matches', v.verified_sha256 IS NOT DISTINCT FROM v.sha256,
        'sha256', v.verified_sha256, 'size', v.verified_size) END
$$;

-- The row of a version, with the newest 100 changes of its stage. pipeline_versions_pkey, pipeline_stages_version.
CREATE FUNCTION api_version(p_id bigint) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT json_build_object(
        'pipeline', p.name, 'version', v.version, 'description', v.description, 'tags', v.tags,
        'stage', v.stage, 'stages', coalesce((SELECT json_agg(json_build_object('stage', s.stage, 'at', rfc3339(s.at), 'by', s.by, 'because', s.because) ORDER BY s.id)
            FROM (SELECT * FROM pipeline_stages h WHERE h.version_id = v.id ORDER BY h.id DESC LIMIT 100) s), '[]'),
        'promoted_at', rfc3339(v.promoted_at), 'promoted_by', v.promoted_by, 'updated_at', rfc3339(v.updated_at),
        'artifact', json_build_object('n', v.artifact_n, 'name', v.artifact_name, 'sha256', v.sha256, 'size', v.size, 'media_type', v.media_type,
                                      'href', '/api/v1/pipelines/' || p.name || '/versions/' || v.version || '/download'),
        'run', json_build_object('id', v.run_id, 'number', v.run_number, 'exists', EXISTS (SELECT FROM runs r WHERE r.id = v.run_id),
            'instance', json_build_object('id', v.instance_id, 'name', v.instance_name), 'experiment', v.experiment,
            'experiment_version', v.origin #>> '{snapshot,version}', 'content_hash', v.origin #>> '{snapshot,content_hash}',
            'finished_at', v.origin ->> 'finished_at'),
        'metrics', json_build_object('results', v.results, 'metrics', v.metrics, 'row', v.board_row),
        'verified', api_verified(v))
        FROM pipeline_versions v JOIN pipelines p ON p.id = v.pipeline_id WHERE v.id = p_id);
END
$$;

-- A name with its newest version. pipeline_versions_pipeline_id_version_key, pipeline_versions_production.
CREATE FUNCTION api_pipeline(p pipelines) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_build_object(
        'name', p.name, 'versions', p.versions,
        'newest', api_version((SELECT v.id FROM pipeline_versions v WHERE v.pipeline_id = p.id ORDER BY v.version DESC LIMIT 1)),
        'production', (SELECT v.version FROM pipeline_versions v WHERE v.pipeline_id = p.id AND v.stage = 'production'),
        'created_at', rfc3339(p.created_at), 'updated_at', rfc3339(p.updated_at));
END
$$;
