-- What the filters above lists offer, and how links keep them.

-- The filters that are set in a query, as the rest of an address: &status=failed&project=a%20b.
CREATE FUNCTION view_filters(p_query json) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (SELECT coalesce(string_agg('&' || f || '=' || url_encoded(left(p_query ->> f, 200)), '' ORDER BY n), '')
            FROM unnest(ARRAY['q', 'experiment', 'status', 'project', 'instance', 'sort']) WITH ORDINALITY AS x (f, n)
            WHERE coalesce(p_query ->> f, '') <> '');
END
$$;

-- An address with these filters and nothing else: ?status=failed, or nothing.
CREATE FUNCTION view_address(p_query json) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN regexp_replace(view_filters(p_query), '^&', '?');
END
$$;

-- Words as the options of a select: [{"value","label","selected"}]; `none=Never run` has a label of its own.
CREATE FUNCTION view_choices(p_words text[], p_chosen text) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (SELECT json_agg(json_build_object('value', x.value, 'selected', x.value IS NOT DISTINCT FROM p_chosen,
                                              'label', coalesce(nullif(split_part(w, '=', 2), ''), upper(left(w, 1)) || substr(w, 2))) ORDER BY n)
            FROM unnest(p_words) WITH ORDINALITY AS u (w, n), LATERAL split_part(w, '=', 1) AS x (value));
END
$$;

-- The newest runs that fit a list's filters (list_runs) and have one of these statuses.
CREATE FUNCTION view_runs_that_fit(p_query json, p_statuses text[], p_limit int) RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(SELECT l.id FROM unnest(p_statuses) AS s (status),
                     LATERAL list_runs(json_build_object('status', s.status, 'experiment', p_query ->> 'experiment', 'project', p_query ->> 'project',
                                                         'instance', p_query ->> 'instance'), p_limit) AS l (id)
                 WHERE coalesce(p_query ->> 'status', '') IN ('', s.status) ORDER BY l.id DESC LIMIT p_limit);
END
$$;

-- How all runs of a list can be chosen at once, of which a page shows but a part: {"words","fields":[{"name","value"}]}, the filters as the
-- fields of a form; null where the page shows all.
CREATE FUNCTION view_others(p_query json, p_part boolean) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE WHEN p_part THEN (
        SELECT json_build_object('words', CASE WHEN bool_or(value <> '') THEN 'All that fit, on every page' ELSE 'All, on every page' END,
                                 'fields', coalesce(json_agg(json_build_object('name', 'fits_' || name, 'value', value)) FILTER (WHERE value <> ''), '[]'))
        FROM unnest(ARRAY['status', 'experiment', 'project', 'instance']) AS name, LATERAL left(p_query ->> name, 200) AS value) END;
END
$$;

-- The experiments known (a few; read whole), as options.
CREATE FUNCTION view_experiments(p_chosen text) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(json_agg(json_build_object('value', e.name, 'label', e.title, 'selected', e.name IS NOT DISTINCT FROM p_chosen)
                                     ORDER BY e.title, e.name), '[]') FROM experiments e);
END
$$;

-- The project labels in use, as options; the chosen one always.
CREATE FUNCTION view_projects(p_chosen text) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(json_agg(json_build_object('value', x.name, 'label', x.name, 'selected', x.name IS NOT DISTINCT FROM p_chosen) ORDER BY x.name), '[]')
            FROM (SELECT l.name FROM list_projects() l UNION SELECT left(p_chosen, 100) WHERE p_chosen <> '') x);
END
$$;
