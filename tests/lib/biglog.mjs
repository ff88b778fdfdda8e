// Runs with long logs, put into the database as chunks by SQL: what a supervisor would have written, in a second or two.

/**
 * Makes an instance and a run that has ended, with so many lines `line N`, every 97th an error.
 * @param {any} site @param {number} lines @param {{chunk?: number, ended?: boolean}} [options]
 * @returns {Promise<number>} the run's id
 */
export async function makeLongRun(site, lines, { chunk = 1000, ended = true } = {}) {
    const [{ id: instance }] = await site.sql("INSERT INTO instances (experiment, name) VALUES ('none', 'Long') RETURNING id");
    const [{ run }] = await site.sql("SELECT create_run($1::bigint, 0) AS run", instance);
    await site.sql("SELECT epoch FROM claim_run($1::bigint, NULL, 'here', '{}')", run);
    await site.sql(
        `INSERT INTO log_chunks
         SELECT $1::bigint, f, l, 0, 0, 0, l - f + 1 - (l / 97 - (f - 1) / 97), 0, l / 97 - (f - 1) / 97,
                '{"first":' || f || ',"lines":[' || (
                    SELECT string_agg('[' || 1700000000000 + n || CASE WHEN n % 97 = 0 THEN ',3' ELSE ',1' END || ',"line ' || n || '"]', E',\\t' ORDER BY n)
                    FROM generate_series(f, l) n) || ']}'
         FROM (SELECT c * $3::int + 1 AS f, least((c + 1) * $3::int, $2::bigint) AS l FROM generate_series(0, ($2::bigint - 1) / $3::int) c) x`,
        run, lines, chunk,
    );
    await site.sql("UPDATE run_heads SET lines = $2::bigint, infos = $2::bigint - $2::bigint / 97, errors = $2::bigint / 97 WHERE run_id = $1::bigint", run, lines);
    if (ended) await site.sql("SELECT epoch FROM finish_run($1::bigint, NULL, 'completed', NULL, NULL, 0, NULL)", run);
    return run;
}
