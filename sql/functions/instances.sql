-- A new instance, or the one that the same key with the same request made before; see idempotency.sql.
CREATE FUNCTION add_instance(p_user bigint, p_experiment text, p_name text, p_description text, p_project text, p_configuration json,
                             p_key text, p_request text)
RETURNS TABLE (instance_id bigint, made boolean) LANGUAGE plpgsql AS $$
BEGIN
    instance_id := made_before(p_user, p_key, p_request);
    made := instance_id IS NULL;
    IF made THEN
        INSERT INTO instances (experiment, name, description, project, configuration)
        VALUES (p_experiment, p_name, p_description, p_project, p_configuration)
        RETURNING id INTO instance_id;
        PERFORM remember_made(p_user, p_key, p_request, instance_id);
    ELSIF NOT EXISTS (SELECT FROM instances i WHERE i.id = add_instance.instance_id) THEN
        PERFORM made_is_gone('instance');
    END IF;
    RETURN NEXT;
END
$$;

-- An instance as the API shows it (api_instances).
CREATE FUNCTION instance_json(i instances) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT row_to_json(r)::text
    FROM (SELECT i.id, i.experiment, i.name, i.description, i.project, i.configuration,
                 rfc3339(i.created_at) AS created_at, rfc3339(i.updated_at) AS updated_at) r
$$;
