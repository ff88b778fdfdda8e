-- Why an experiment cannot be used, in words that go on after its name; null when it can. Its error is its manifest's or, where that is
-- whole, what its describe command ended with.
CREATE FUNCTION experiment_reason(p_error text, p_offered boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_error ~ '^(its )?describe ' THEN 'it cannot be described: ' || p_error
                WHEN p_error IS NOT NULL THEN 'its manifest is broken: ' || p_error
                WHEN NOT p_offered THEN 'no runner offers it now' END
$$;
