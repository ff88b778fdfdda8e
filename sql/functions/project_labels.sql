-- The project labels in use, the first 200 by the alphabet: what a form suggests. Steps from label to label by instances_project.
CREATE FUNCTION project_labels() RETURNS json LANGUAGE sql STABLE AS $$
    WITH RECURSIVE labels AS (
        (SELECT project FROM instances WHERE project <> '' ORDER BY project LIMIT 1)
        UNION ALL
        SELECT (SELECT i.project FROM instances i WHERE i.project <> '' AND i.project > l.project ORDER BY i.project LIMIT 1)
        FROM labels l WHERE l.project IS NOT NULL
    )
    SELECT coalesce(json_agg(project), '[]') FROM (SELECT project FROM labels WHERE project IS NOT NULL LIMIT 200) x
$$;
