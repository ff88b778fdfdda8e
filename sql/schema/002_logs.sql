-- What runs say: log chunks and records, numbered densely from 1 by the run's supervisor.
-- Partitioned by run id; a partition holds run_partition_size() runs. No foreign keys here: they would
-- cost a look-up a batch, and delete_run takes everything with it.

CREATE TABLE log_chunks (
    run_id     bigint NOT NULL,
    first_line bigint NOT NULL,
    last_line  bigint NOT NULL,
    first_byte bigint NOT NULL, -- offset of the chunk's text in the run's log.txt
    last_byte  bigint NOT NULL, -- offset behind it
    debugs     int NOT NULL,
    infos      int NOT NULL,
    warns      int NOT NULL,
    errors     int NOT NULL,
    body       text COMPRESSION lz4 NOT NULL, -- {"first":N,"lines":[...]}, as sent
    PRIMARY KEY (run_id, first_line)
) PARTITION BY RANGE (run_id);

-- Warning and error lines, so that a level filter need not read a log. level: 2 warn, 3 error.
CREATE TABLE log_marks (
    run_id bigint NOT NULL,
    level  smallint NOT NULL,
    line   bigint NOT NULL,
    PRIMARY KEY (run_id, level, line)
) PARTITION BY RANGE (run_id);

CREATE TABLE records (
    run_id bigint NOT NULL,
    n      bigint NOT NULL,
    line   bigint NOT NULL, -- the line after which it was said
    kind   text NOT NULL,
    key    text,            -- result: key; row: table; event: kind; artifact: name; fact: key; metrics: null
    body   text COMPRESSION lz4 NOT NULL, -- {"n":...,"line":...,"kind":...,"at":...}, as sent
    brief  text,            -- the reference sent instead of a body over 64 KiB
    PRIMARY KEY (run_id, n)
) PARTITION BY RANGE (run_id);
CREATE INDEX records_key ON records (run_id, kind, key, n);

-- The points of one series in one batch: {"points":[[step,value,ms],<TAB>...]}.
CREATE TABLE metric_chunks (
    run_id     bigint NOT NULL,
    key        text NOT NULL,
    n          bigint NOT NULL, -- the record that carried them
    points     int NOT NULL,
    first_step double precision NOT NULL,
    last_step  double precision NOT NULL,
    body       text COMPRESSION lz4 NOT NULL,
    PRIMARY KEY (run_id, key, n)
) PARTITION BY RANGE (run_id);

CREATE FUNCTION run_partition_size() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 65536::bigint';

-- Makes the partitions that hold run p_run, if they are missing. Safe against others doing the same.
CREATE FUNCTION ensure_run_partitions(p_run bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    size  bigint := run_partition_size();
    part  bigint := p_run / size;
    base  text;
BEGIN
    IF to_regclass(format('metric_chunks_%s', part)) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('athanor run partitions'));
    FOREACH base IN ARRAY ARRAY['log_chunks', 'log_marks', 'records', 'metric_chunks'] LOOP
        IF to_regclass(format('%s_%s', base, part)) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', base || '_' || part, base);
            EXECUTE format('ALTER TABLE %I SET (toast_tuple_target = 128)', base || '_' || part);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                           base, base || '_' || part, part * size, (part + 1) * size);
        END IF;
    END LOOP;
END
$$;
SELECT ensure_run_partitions(0);
