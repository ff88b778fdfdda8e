-- What made a run, as one value and compared with another's.

-- The newest value of each fact that a run has reported, of the first 5,000. One of more than 64 KiB, and all beyond 8 MiB together, stand
-- with their size and SHA-256 in place of their value. records_key.
CREATE FUNCTION run_facts(p_run bigint) RETURNS TABLE (place bigint, key text, value json) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY WITH newest AS (
        SELECT DISTINCT ON (r.key) r.key, r.n, r.body, r.brief IS NOT NULL AS large FROM records r
        WHERE r.run_id = p_run AND r.kind = 'fact' ORDER BY r.key, r.n DESC
    ), facts AS (
        SELECT f.*, row_number() OVER w AS place, sum(CASE WHEN f.large THEN 0 ELSE octet_length(f.body) END) OVER w AS bytes
        FROM newest f WINDOW w AS (ORDER BY f.n)
    )
    SELECT f.place, f.key, CASE WHEN f.large OR f.bytes > 8388608 THEN fact_digest(f.body) ELSE f.body::json -> 'value' END
    FROM facts f WHERE f.place <= 5000;
END
$$;

-- What stands in place of a fact's value; before that there is no member in its record that is larger than a key.
CREATE FUNCTION fact_digest(p_body text) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    said text := left(substr(p_body, strpos(left(p_body, 8192), '"value":') + 8), -1);
BEGIN
    RETURN json_build_object('bytes', octet_length(said), 'sha256', encode(sha256(convert_to(said, 'UTF8')), 'hex'));
END
$$;

-- The configuration as the program read it: the run's, with the defaults that it lacked when it was started.
CREATE FUNCTION run_configuration(p_run runs) RETURNS json LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(p_run.snapshot -> 'configuration', p_run.configuration)
$$;

-- The snapshot as the API gives it and as a version keeps it; null where there is no run. runs_pkey, records_key.
CREATE FUNCTION run_snapshot(p_run bigint) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT json_build_object(
        'run', r.id, 'number', r.number, 'instance', json_build_object('id', i.id, 'name', i.name), 'experiment', r.experiment,
        'status', r.status, 'reason', r.reason, 'error', r.error, 'exit_code', r.exit_code, 'signal', r.signal, 'priority', r.priority,
        'host', r.host, 'created_at', rfc3339(r.created_at), 'started_at', rfc3339(r.started_at), 'finished_at', rfc3339(r.finished_at),
        'configuration', run_configuration(r),
        'snapshot', coalesce((SELECT json_object_agg(s.key, s.value) FROM json_each(r.snapshot) s WHERE s.key NOT IN ('configuration', 'claim')), '{}'),
        'facts', coalesce((SELECT json_object_agg(f.key, f.value ORDER BY f.place) FROM run_facts(r.id) f), '{}'))
        FROM runs r JOIN instances i ON i.id = r.instance_id WHERE r.id = p_run);
END
$$;

-- All values of a run's snapshot, and what came of it, by section and path.
CREATE FUNCTION snapshot_values(p_run bigint) RETURNS TABLE (part int, section text, place bigint, path text, value json) LANGUAGE plpgsql STABLE AS $$
DECLARE
    r runs;
    o run_outcomes;
BEGIN
    SELECT * INTO r FROM runs WHERE id = p_run;
    SELECT * INTO o FROM run_outcomes WHERE run_id = p_run;
    IF NOT FOUND THEN
        SELECT x.results, x.metrics INTO o.results, o.metrics FROM run_outcome(p_run) x;
    END IF;
    RETURN QUERY SELECT 1, 'configuration'::text, l.place, l.path, l.value FROM json_leaves(run_configuration(r)) l
    UNION ALL
    SELECT CASE k.name WHEN 'data' THEN 2 WHEN 'experiment' THEN 3 ELSE 5 END, k.name, s.ordinality * 1000 + l.place, l.path, l.value
    FROM json_each(r.snapshot) WITH ORDINALITY s,
         LATERAL (SELECT CASE WHEN s.key = 'data' THEN 'data' WHEN s.key IN ('host', 'runner', 'folder') THEN 'place' ELSE 'experiment' END) AS k (name),
         LATERAL json_leaves(json_build_object(s.key, s.value)) l
    WHERE s.key NOT IN ('claim', 'configuration', 'seed') AND json_typeof(s.value) <> 'null'
    UNION ALL
    SELECT 4, 'facts', f.place * 1000 + l.place, l.path, l.value FROM run_facts(p_run) f, LATERAL json_leaves(json_build_object(f.key, f.value)) l
    UNION ALL
    SELECT 6, 'results', e.ordinality, e.key, e.value FROM json_each(o.results) WITH ORDINALITY e
    UNION ALL
    SELECT 6, 'results', 1000 + e.ordinality, e.key || ' (metric)', e.value FROM json_each(o.metrics) WITH ORDINALITY e;
END
$$;

-- The values of two runs side by side, in the order of the first, each with whether they are the same.
CREATE FUNCTION snapshot_pairs(p_a bigint, p_b bigint)
RETURNS TABLE (place bigint, section text, path text, a json, b json, same boolean) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT row_number() OVER (ORDER BY coalesce(x.part, y.part), x.place NULLS LAST, y.place), coalesce(x.section, y.section), coalesce(x.path, y.path),
                        x.value, y.value, x.value::text IS NOT DISTINCT FROM y.value::text
    FROM snapshot_values(p_a) x FULL JOIN snapshot_values(p_b) y ON y.section = x.section AND y.path = x.path;
END
$$;

-- A run as one side of a comparison, or an error.
CREATE FUNCTION snapshot_side(p_run bigint) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    side json;
BEGIN
    IF p_run IS NULL THEN
        RAISE EXCEPTION 'with is required: the number of another run' USING ERRCODE = 'AT422', COLUMN = 'with';
    END IF;
    SELECT json_build_object('id', r.id, 'number', r.number, 'instance', json_build_object('id', i.id, 'name', i.name),
                             'experiment', r.experiment, 'status', r.status) INTO side
    FROM runs r JOIN instances i ON i.id = r.instance_id WHERE r.id = p_run;
    IF side IS NULL THEN
        RAISE EXCEPTION 'there is no run %', p_run USING ERRCODE = 'AT404';
    END IF;
    RETURN side;
END
$$;
