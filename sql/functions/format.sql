-- What pages say to people: durations, ages, sizes and numbers in words. static/js/format.js says the same for
-- what arrives live; tests/shared/format.json holds the cases of both. Remainders are cut off, never rounded up, so that
-- nothing reads as longer or larger than it is; only fmt_number rounds (halves away from zero, by the decimal digits).
-- They are PL/pgSQL because that keeps its plans for a session; an SQL function that is not inlined is planned anew wherever a
-- view calls it, which costs twenty times as much.

-- 850 ms, 3.5 s, 2 m 5 s, 1 h 2 m, 3 d 4 h. A negative duration (clocks differ) is none.
CREATE FUNCTION fmt_duration(p_ms bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN CASE
        WHEN p_ms <= 0 THEN '0 ms'
        WHEN p_ms < 1000 THEN p_ms || ' ms'
        WHEN p_ms < 60000 THEN p_ms / 1000 || '.' || p_ms / 100 % 10 || ' s'
        WHEN p_ms < 3600000 THEN p_ms / 60000 || ' m ' || p_ms / 1000 % 60 || ' s'
        WHEN p_ms < 86400000 THEN p_ms / 3600000 || ' h ' || p_ms / 60000 % 60 || ' m'
        ELSE p_ms / 86400000 || ' d ' || p_ms / 3600000 % 24 || ' h'
    END;
END
$$;

-- How long ago something was: just now, 12 s ago, 5 min ago, 3 h ago, 2 days ago, 4 months ago, 1 year ago.
CREATE FUNCTION fmt_ago_ms(p_ms bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN CASE
        WHEN p_ms < 5000 THEN 'just now'
        WHEN p_ms < 60000 THEN p_ms / 1000 || ' s ago'
        WHEN p_ms < 3600000 THEN p_ms / 60000 || ' min ago'
        WHEN p_ms < 86400000 THEN p_ms / 3600000 || ' h ago'
        WHEN p_ms < 2 * 86400000::bigint THEN '1 day ago'
        WHEN p_ms < 30 * 86400000::bigint THEN p_ms / 86400000 || ' days ago'
        WHEN p_ms < 60 * 86400000::bigint THEN '1 month ago'
        WHEN p_ms < 365 * 86400000::bigint THEN p_ms / (30 * 86400000::bigint) || ' months ago'
        WHEN p_ms < 730 * 86400000::bigint THEN '1 year ago'
        ELSE p_ms / (365 * 86400000::bigint) || ' years ago'
    END;
END
$$;

CREATE FUNCTION fmt_ago(p_at timestamptz) RETURNS text LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN fmt_ago_ms(floor(extract(epoch FROM now() - p_at) * 1000)::bigint);
END
$$;

-- 999 B, 1.5 KiB, 20.0 MiB.
CREATE FUNCTION fmt_bytes(p_bytes bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    units CONSTANT text[] := ARRAY['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
    n     int := 1;
BEGIN
    IF p_bytes < 1024 THEN
        RETURN p_bytes || ' B';
    END IF;
    WHILE n < 6 AND p_bytes >> (10 * (n + 1)) > 0 LOOP
        n := n + 1;
    END LOOP;
    RETURN trunc(div(p_bytes * 10::numeric, (1::bigint << (10 * n))::numeric) / 10, 1) || ' ' || units[n];
END
$$;

-- 1,234,567.
CREATE FUNCTION fmt_count(p_count bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN to_char(p_count, 'FM9,999,999,999,999,999,990');
END
$$;

-- 1.23e-5. What to_char rounds up to ten (10.00e-05) has the next exponent.
CREATE FUNCTION fmt_exponential(p_value numeric) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    parts text[] := string_to_array(ltrim(to_char(p_value, '9.99EEEE')), 'e');
    power int := parts[2]::int + CASE WHEN parts[1] LIKE '%10.00' THEN 1 ELSE 0 END;
BEGIN
    RETURN replace(parts[1], '10.00', '1.00') || 'e' || CASE WHEN power < 0 THEN '-' ELSE '+' END || abs(power);
END
$$;

-- Whole numbers bare, others with four decimals, what is tiny or huge as 1.23e-5.
CREATE FUNCTION fmt_number(p_value double precision) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN CASE
        WHEN p_value IN ('NaN', 'Infinity', '-Infinity') THEN p_value::text
        WHEN abs(p_value) >= 1e15 OR (p_value <> 0 AND abs(p_value) < 1e-4)
            THEN fmt_exponential(p_value::text::numeric)
        WHEN p_value = trunc(p_value) THEN p_value::bigint::text
        ELSE round(p_value::text::numeric, 4)::text
    END;
END
$$;
