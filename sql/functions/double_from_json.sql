-- The double of a JSON number, or of "NaN", "Infinity" and "-Infinity", which JSON has no numbers for; null for anything else.
-- JSON knows no bounds: what is too large is an infinity, what is too small is zero. Only what looks large is tried with a
-- handler, which costs a subtransaction.
CREATE FUNCTION double_from_json(p_value json) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    said text := p_value #>> '{}';
BEGIN
    IF json_typeof(p_value) = 'number' AND length(said) < 300 AND said !~ '[eE][-+]?\d{3}' THEN
        RETURN said::double precision;
    ELSIF json_typeof(p_value) = 'number' THEN
        BEGIN
            RETURN said::double precision;
        EXCEPTION WHEN numeric_value_out_of_range THEN
            RETURN (CASE WHEN said ~ '[eE]-' THEN '0' WHEN said ~ '^-' THEN '-Infinity' ELSE 'Infinity' END)::double precision;
        END;
    ELSIF said IN ('NaN', 'Infinity', '-Infinity') THEN
        RETURN said::double precision;
    END IF;
    RETURN NULL;
END
$$;
