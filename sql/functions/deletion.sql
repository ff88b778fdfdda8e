-- What deleting takes, before it does.

-- How many runs these are, the bytes of the database that they hold (texts as they are stored, and what rows and their indexes
-- take beside them), and the kept files that no other run and no promoted version refers to. By the keys of what runs say, and records_sha256.
CREATE FUNCTION deletion_cost(p_runs bigint[], OUT runs bigint, OUT lines numeric, OUT bytes numeric, OUT files bigint, OUT file_bytes numeric)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    part numeric;
BEGIN
    -- a row's header and line pointer, its other columns, an entry in each of its indexes; of texts in pieces what pieces cost
    SELECT count(*), coalesce(sum(h.lines), 0), coalesce(sum(900 + pg_column_size(r.configuration) * 2 + pg_column_size(r.snapshot)), 0)
    INTO runs, lines, bytes FROM runs r JOIN run_heads h ON h.run_id = r.id WHERE r.id = ANY (p_runs);
    SELECT sum(130 + pg_column_size(c.body) * 1.06) INTO part FROM log_chunks c WHERE c.run_id = ANY (p_runs);
    bytes := bytes + coalesce(part, 0);
    SELECT sum(160 + pg_column_size(r.body) * 1.06 + coalesce(pg_column_size(r.key), 0) * 2) INTO part FROM records r WHERE r.run_id = ANY (p_runs);
    bytes := bytes + coalesce(part, 0);
    SELECT sum(130 + pg_column_size(m.body) * 1.06) INTO part FROM metric_chunks m WHERE m.run_id = ANY (p_runs);
    bytes := bytes + coalesce(part, 0);
    SELECT count(*) * 80 INTO part FROM log_marks m WHERE m.run_id = ANY (p_runs);
    bytes := bytes + coalesce(part, 0);
    SELECT count(*), coalesce(sum(x.size), 0) INTO files, file_bytes
    FROM (SELECT DISTINCT a.sha256, a.size FROM artifacts a WHERE a.run_id = ANY (p_runs)) x
    WHERE NOT EXISTS (SELECT FROM artifacts o WHERE o.sha256 = x.sha256 AND o.run_id <> ALL (p_runs))
      AND NOT EXISTS (SELECT FROM pipeline_versions v WHERE v.sha256 = x.sha256);
END
$$;

CREATE FUNCTION view_runs_number(p_runs bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN fmt_count(p_runs) || CASE p_runs WHEN 1 THEN ' run' ELSE ' runs' END;
END
$$;

-- The cost in words: 1,200 lines of log and all results, 12.5 MiB of the database, and 2 files of 1.0 GiB.
CREATE FUNCTION view_deletion(p_cost record) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN fmt_count(p_cost.lines::bigint) || CASE p_cost.lines WHEN 1 THEN ' line' ELSE ' lines' END
        || ' of log and all results, ' || fmt_bytes(p_cost.bytes::bigint) || ' of the database'
        || CASE p_cost.files WHEN 0 THEN '' WHEN 1 THEN ', and a file of ' || fmt_bytes(p_cost.file_bytes::bigint)
                ELSE ', and ' || fmt_count(p_cost.files) || ' files of ' || fmt_bytes(p_cost.file_bytes::bigint) END || '.';
END
$$;

-- Asks runs to end, in the order of their ids; those that have ended meanwhile are left alone. How many were asked.
CREATE FUNCTION cancel_runs(p_runs bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    run   bigint;
    asked bigint := 0;
BEGIN
    FOR run IN SELECT DISTINCT x FROM unnest(p_runs) AS x ORDER BY x LOOP
        PERFORM FROM run_heads WHERE run_id = run FOR UPDATE;
        PERFORM FROM runs WHERE id = run AND finished_at IS NULL FOR UPDATE;
        IF FOUND THEN
            PERFORM request_cancel(run, false);
            asked := asked + 1;
        END IF;
    END LOOP;
    RETURN asked;
END
$$;
