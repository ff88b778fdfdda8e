// A site's past, made by SQL: instances with runs that ended, each with its head, its records and a short log.

/** How a run ended, by its number: mostly well. */
const status = "CASE WHEN %n % 10 = 7 THEN 'failed' WHEN %n % 25 = 3 THEN 'cancelled' ELSE 'completed' END";
const statusOf = (n) => status.replaceAll("%n", n);

/**
 * Adds instances with `each` ended runs, all with three results. The triggers that guard and tell changes are off meanwhile:
 * what they would do is done here at once.
 */
export async function seed(site, instances, each) {
    const [{ first }] = await site.sql("SELECT coalesce(max(id), 0) + 1 AS first FROM instances");
    const [{ run }] = await site.sql("SELECT coalesce(max(id), 0) + 1 AS run FROM runs");
    const last = first + instances - 1;
    const lastRun = run + instances * each - 1;
    await site.sql(
        "SELECT count(ensure_run_partitions(p * run_partition_size())) AS n FROM generate_series(0, $1 / run_partition_size()) AS p",
        lastRun,
    );
    await site.sql(`BEGIN;
        SET LOCAL session_replication_role = replica;
        INSERT INTO instances (id, experiment, name, description, project, configuration, runs_made, created_at)
        OVERRIDING SYSTEM VALUE
        SELECT i, (ARRAY['ising', 'compressors', 'training'])[i % 3 + 1], format('study %s of size %s', i, i % 64 * 8),
               'How the error falls with the size, at a fixed seed', format('project %s', i % 12),
               json_build_object('size', i % 64 * 8, 'algorithm', 'wolff', 'seed', i), ${each},
               now() - (${last} - i) * interval '1 minute'
        FROM generate_series(${first}, ${last}) AS i;
        INSERT INTO runs (id, instance_id, number, experiment, project, status, reason, exit_code, configuration, created_at, started_at, finished_at)
        OVERRIDING SYSTEM VALUE
        SELECT r, i.id, (r - ${run}) / ${instances} + 1, i.experiment, i.project, s.status,
               CASE s.status WHEN 'failed' THEN 'exit' WHEN 'cancelled' THEN 'cancelled' END,
               CASE s.status WHEN 'failed' THEN 1 ELSE 0 END, i.configuration, t.at, t.at, t.at + r % 600 * interval '1 second'
        FROM generate_series(${run}, ${lastRun}) AS r
        JOIN instances i ON i.id = ${first} + (r - ${run}) % ${instances}
        CROSS JOIN LATERAL (SELECT ${statusOf("r")} AS status) s
        CROSS JOIN LATERAL (SELECT now() - (${lastRun} - r) * interval '1 second' - interval '1 hour' AS at) t;
        INSERT INTO run_heads (run_id, epoch, heartbeat, lines, records, bytes, infos, said_at)
        SELECT r, 2, 10, 0, 5, 0, 0, now() FROM generate_series(${run}, ${lastRun}) AS r;
        INSERT INTO records (run_id, n, line, kind, key, body)
        SELECT r, v.n, 0, v.kind, v.key, format('{"n":%s,"line":0,"kind":"%s","at":1700000000000,%s}', v.n, v.kind, v.rest)
        FROM generate_series(${run}, ${lastRun}) AS r
        CROSS JOIN LATERAL (VALUES
            (1, 'status', 'running', '"status":"running","reason":null,"error":null'),
            (2, 'result', 'accuracy', format('"key":"accuracy","value":0.%s', r % 100000)),
            (3, 'result', 'loss', format('"key":"loss","value":%s.5', r % 97)),
            (4, 'result', 'epochs', format('"key":"epochs","value":%s', r % 50)),
            (5, 'status', ${statusOf("r")}, format('"status":"%s","reason":null,"error":null', ${statusOf("r")}))) AS v (n, kind, key, rest);
        INSERT INTO run_outcomes (run_id, results, metrics)
        SELECT r, format('{"accuracy":0.%s,"loss":%s.5,"epochs":%s}', r % 100000, r % 97, r % 50)::json, '{}' FROM generate_series(${run}, ${lastRun}) AS r;
        SELECT setval(pg_get_serial_sequence('instances', 'id'), ${last});
        SELECT setval(pg_get_serial_sequence('runs', 'id'), ${lastRun});
        COMMIT`);
    await site.sql("VACUUM ANALYZE");
    return { instance: first, run };
}

/** Gives a seeded run a log of `lines` lines. */
export async function seedLog(site, run, lines) {
    await site.sql(`BEGIN;
        INSERT INTO log_chunks (run_id, first_line, last_line, first_byte, last_byte, debugs, infos, warns, errors, body)
        SELECT ${run}, 1 + c * 1000, (c + 1) * 1000, c * 80000, (c + 1) * 80000, 0, 1000, 0, 0,
               (SELECT format('{"first":%s,"lines":[%s]}', 1 + c * 1000,
                              string_agg(format('[%s,1,"step %s loss 0.%s accuracy 0.%s elapsed %s s, all is well so far"]',
                                                1700000000000 + n, lpad(n::text, 8, '0'), n * 7919 % 1000000, n * 104729 % 1000000, n),
                                         E',\\t' ORDER BY n))
                FROM generate_series(c * 1000 + 1, (c + 1) * 1000) AS n)
        FROM generate_series(0, ${lines / 1000 - 1}) AS c;
        UPDATE run_heads SET lines = ${lines}, infos = ${lines}, bytes = ${lines * 80} WHERE run_id = ${run};
        UPDATE records SET line = ${lines} WHERE run_id = ${run} AND n > 1;
        COMMIT`);
}
