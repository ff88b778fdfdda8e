-- The tag of a text as the API shows it: what response_etag (fcgi/pages/response.c) makes of it.
CREATE FUNCTION etag(p_shown text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '"' || left(encode(sha256(convert_to(p_shown, 'UTF8')), 'hex'), 24) || '"'
$$;

-- Whether a request's If-Match names what this is now; null and * name anything.
CREATE FUNCTION is_match(p_if_match text, p_shown text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT p_if_match IS NULL OR p_if_match = '*' OR position(etag(p_shown) IN p_if_match) > 0
$$;
