-- Which instances and which runs a page of a list shows, in its order. The statements are put together from the filters that are
-- given, and planned with their values, since which index serves best depends on them; as if everything were in memory and
-- joined row by row, which keeps the planner from reading a whole table along instead.

-- The text that the dashboard searches, as instances_words has it.
CREATE FUNCTION like_pattern(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT '%' || regexp_replace(lower(p_text), '([\\%_])', '\\\1', 'g') || '%'
$$;

-- Instances by the members q, experiment, status (of the last run), project and sort (`name`, `last`, `runs`; else newest
-- first) of p_query, behind the row that its `before` and `key` name; only those called p_name where it is given. The id and the key that a page
-- behind it begins with. What is asked for most, the newest of all, has a plan that is kept.
CREATE FUNCTION list_instances(p_query json, p_limit int, p_name text DEFAULT NULL) RETURNS TABLE (place bigint, id bigint, key text) ROWS 25 LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF concat(p_query ->> 'q', p_query ->> 'experiment', p_query ->> 'project', p_query ->> 'status', p_query ->> 'before') = ''
       AND coalesce(p_query ->> 'sort', '') NOT IN ('name', 'last', 'runs') AND p_name IS NULL THEN
        RETURN QUERY SELECT row_number() OVER (), x.id, x.id::text FROM (SELECT i.id FROM instances i ORDER BY i.id DESC LIMIT p_limit) x;
    ELSE
        RETURN QUERY SELECT * FROM find_instances(p_query, p_limit, p_name);
    END IF;
END
$$;

-- Where the filters leave few, those are found by the filters' indexes and sorted; where they leave many, the index of the order is
-- followed until there are enough.
CREATE FUNCTION find_instances(p_query json, p_limit int, p_name text) RETURNS TABLE (place bigint, id bigint, key text) ROWS 25 LANGUAGE plpgsql STABLE
SET random_page_cost = 1 SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    q      text := nullif(trim(left(p_query ->> 'q', 200)), '');
    sort   text := p_query ->> 'sort';
    before bigint := view_cursor(p_query ->> 'before');
    -- the sort key, its type, its direction, what comes behind a row, and the id beside the key in its index
    by_key text[] := CASE sort WHEN 'name' THEN ARRAY['lower(i.name)', 'text', 'ASC', '>', 'i.id']
                               WHEN 'last' THEN ARRAY['f.last_run', 'bigint', 'DESC', '<', 'f.instance_id']
                               WHEN 'runs' THEN ARRAY['f.runs', 'bigint', 'DESC', '<', 'f.instance_id']
                               ELSE ARRAY['i.id', 'bigint', 'DESC', '<', 'i.id'] END;
    from_key text := CASE WHEN by_key[2] = 'text' OR p_query ->> 'key' ~ '^[0-9]{1,18}$' THEN p_query ->> 'key' END;
    few    CONSTANT int := 500;
    parts  text[] := ARRAY[]::text[];
    tables text := 'instances i JOIN instance_facts f ON f.instance_id = i.id';
    ids    bigint[];
BEGIN
    IF by_key[1] = 'i.id' THEN
        from_key := before::text;
    END IF;
    IF q IS NOT NULL THEN
        parts := parts || 'lower(i.name || '' '' || i.experiment || '' '' || i.project || '' '' || i.description) LIKE like_pattern($1)'::text;
    END IF;
    IF p_name IS NOT NULL THEN
        parts := parts || 'lower(i.name) = lower($8) AND i.name = $8'::text;
    END IF;
    IF nullif(p_query ->> 'experiment', '') IS NOT NULL THEN
        parts := parts || 'i.experiment = $2'::text;
    END IF;
    IF nullif(p_query ->> 'project', '') IS NOT NULL THEN
        parts := parts || 'i.project = $3 AND i.project <> '''''::text;
    END IF;
    IF nullif(p_query ->> 'status', '') IS NOT NULL THEN
        parts := parts || 'f.last_status = $4'::text;
    END IF;
    IF cardinality(parts) > 0 THEN
        EXECUTE format('SELECT array_agg(x.id) FROM (SELECT i.id FROM %s WHERE %s LIMIT %s) x',
            CASE WHEN 'f.last_status = $4' = ANY (parts) THEN tables ELSE 'instances i' END, array_to_string(parts, ' AND '), few)
        INTO ids USING q, p_query ->> 'experiment', p_query ->> 'project', p_query ->> 'status', NULL, NULL, NULL, p_name;
        IF ids IS NULL THEN
            RETURN;
        ELSIF cardinality(ids) < few THEN
            parts := ARRAY['i.id = ANY ($7)'];
        END IF;
    END IF;
    IF before IS NOT NULL AND from_key IS NOT NULL THEN
        parts := parts || CASE WHEN by_key[1] = 'i.id' THEN 'i.id < $5' ELSE format('(%s, %s) %s ($6::%s, $5)', by_key[1], by_key[5], by_key[4], by_key[2]) END;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT row_number() OVER (), x.* FROM (SELECT i.id, (%1$s)::text
         FROM %5$s %2$s
         ORDER BY %1$s %3$s, %6$s %3$s LIMIT %4$s) x',
        by_key[1], CASE WHEN cardinality(parts) > 0 THEN 'WHERE ' || array_to_string(parts, ' AND ') END, by_key[3], p_limit, tables, by_key[5])
    USING q, p_query ->> 'experiment', p_query ->> 'project', p_query ->> 'status', before, from_key, ids, p_name;
END
$$;

-- Runs by the members status, experiment, instance and project of p_query, newest first, those before its `before`. An index for
-- each filter begins with it and goes on by status, so that p_limit runs of each status hold the newest p_limit of all.
CREATE FUNCTION list_runs(p_query json, p_limit int) RETURNS TABLE (id bigint) ROWS 51 LANGUAGE plpgsql STABLE
SET random_page_cost = 1 AS $$
DECLARE
    of_experiment text := nullif(p_query ->> 'experiment', '');
    of_project    text := nullif(p_query ->> 'project', '');
    of_instance   bigint := view_cursor(p_query ->> 'instance');
    of_status     text := nullif(p_query ->> 'status', '');
    before        bigint := coalesce(view_cursor(p_query ->> 'before'), 9223372036854775807);
    statuses      text[] := CASE WHEN of_status IS NULL THEN ARRAY['pending', 'running', 'completed', 'failed', 'cancelled'] ELSE ARRAY[of_status] END;
    among         bigint[];
    leads         text;
BEGIN
    IF of_instance IS NOT NULL THEN
        among := ARRAY(SELECT i.id FROM instances i WHERE i.id = of_instance AND (of_experiment IS NULL OR i.experiment = of_experiment)
                                                      AND (of_project IS NULL OR i.project = of_project));
    ELSIF of_project IS NOT NULL AND of_experiment IS NOT NULL THEN
        among := ARRAY(SELECT i.id FROM instances i WHERE i.project = of_project AND i.project <> '' AND i.experiment = of_experiment LIMIT 101);
    END IF;
    IF cardinality(among) <= 100 THEN
        RETURN QUERY SELECT x.id FROM unnest(among) AS a (id), unnest(statuses) AS s (status), LATERAL (
                SELECT r.id FROM runs r WHERE r.instance_id = a.id AND r.status = s.status AND r.id < before ORDER BY r.id DESC LIMIT p_limit) x
            ORDER BY x.id DESC LIMIT p_limit;
        RETURN;
    END IF;
    leads := CASE WHEN of_project IS NOT NULL THEN 'r.project = $1 AND r.project <> '''' AND ($2 IS NULL OR r.experiment = $2) AND r.status = s.status AND '
                  WHEN of_experiment IS NOT NULL THEN 'r.experiment = $2 AND r.status = s.status AND '
                  WHEN of_status IS NOT NULL THEN 'r.status = s.status AND '
                  ELSE '' END;
    IF leads = '' THEN
        statuses := ARRAY[NULL];
    END IF;
    RETURN QUERY EXECUTE format('SELECT x.id FROM unnest($3) AS s (status), LATERAL (
            SELECT r.id FROM runs r WHERE %s r.id < $4 ORDER BY r.id DESC LIMIT %s) x
        ORDER BY x.id DESC LIMIT %2$s', leads, p_limit)
    USING of_project, of_experiment, statuses, before;
END
$$;

-- The project labels in use, at most 200, by instances_project, from one to the next.
CREATE FUNCTION list_projects() RETURNS TABLE (name text) ROWS 20 LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY WITH RECURSIVE p (name, n) AS (
        (SELECT i.project, 1 FROM instances i WHERE i.project <> '' ORDER BY i.project LIMIT 1)
        UNION ALL
        (SELECT x.project, p.n + 1 FROM p, LATERAL (
             SELECT i.project FROM instances i WHERE i.project <> '' AND i.project > p.name ORDER BY i.project LIMIT 1) x WHERE p.n < 200)
    )
    SELECT p.name FROM p;
END
$$;

-- Versions of a pipeline, newest first, those before p_before, of a stage where one is given: by the key of pipeline_id and version, or
-- planned with their values, by pipeline_versions_stage.
CREATE FUNCTION list_versions(p_pipeline bigint, p_stage text, p_before bigint, p_limit bigint) RETURNS TABLE (id bigint, version bigint) ROWS 20 LANGUAGE plpgsql STABLE AS $$
DECLARE
    before bigint := coalesce(p_before, 9223372036854775807);
BEGIN
    IF p_stage IS NULL THEN
        RETURN QUERY SELECT v.id, v.version FROM pipeline_versions v WHERE v.pipeline_id = p_pipeline AND v.version < before
            ORDER BY v.version DESC LIMIT p_limit;
    ELSE
        RETURN QUERY EXECUTE 'SELECT v.id, v.version FROM pipeline_versions v WHERE v.pipeline_id = $1 AND v.stage = $2 AND v.version < $3
            ORDER BY v.version DESC LIMIT $4' USING p_pipeline, p_stage, before, p_limit;
    END IF;
END
$$;
