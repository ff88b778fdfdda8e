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
