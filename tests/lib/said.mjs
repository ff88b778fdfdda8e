// Runs that have said what a test wants, put into the database as a supervisor would have written it.

const LARGE = 65_536;

/** A run of a new instance that runs on, with nothing said. Returns its id. @param {any} site @param {{experiment?: string, configuration?: string}} [options] */
export async function quietRun(site, { experiment = "none", configuration = "{}" } = {}) {
    const [{ id }] = await site.sql("INSERT INTO instances (experiment, name, configuration) VALUES ($1, 'Said', $2::json) RETURNING id", experiment, configuration);
    const [{ run }] = await site.sql("SELECT create_run($1::bigint, 0) AS run", id);
    await site.sql("SELECT epoch FROM claim_run($1::bigint, NULL, 'here', '{}')", run);
    return run;
}

/** Ends such a run well. @param {any} site @param {number} run */
export async function endRun(site, run) {
    await site.sql("SELECT epoch FROM finish_run($1::bigint, NULL, 'completed', NULL, NULL, 0, NULL)", run);
}

/** What stands before a record's value in its brief. */
const small = {
    result: (/** @type {string} */ key) => `"key":${JSON.stringify(key)}`,
    event: (/** @type {string} */ key) => `"event":${JSON.stringify(key)}`,
    row: (/** @type {string} */ key) => `"table":${JSON.stringify(key)}`,
};

/**
 * Appends records: [kind, key, the members behind the time as JSON text]. Texts are taken as they are, so numbers keep their digits.
 * @param {any} site @param {number} run @param {[string, string, string][]} list @returns {Promise<number>} the number of the last
 */
export async function say(site, run, list) {
    const [{ records }] = await site.sql("SELECT records FROM run_heads WHERE run_id = $1::bigint", run);
    let n = Number(records);
    const rows = list.map(([kind, key, members]) => {
        const start = `{"n":${++n},"line":0,"kind":"${kind}","at":${1_700_000_000_000 + n * 1000}`;
        const body = `${start},${members}}`;
        const brief = Buffer.byteLength(body) > LARGE ? `${start},${small[kind](key)},"bytes":${Buffer.byteLength(body)},"href":"/api/v1/runs/${run}/records/${n}"}` : null;
        return { n, kind, key, body, brief };
    });
    for (let at = 0; at < rows.length; ) {
        let bytes = 0;
        const part = [];
        for (; at < rows.length && (part.length === 0 || bytes + rows[at].body.length < 8_000_000); at++) part.push(rows[at]), (bytes += rows[at].body.length);
        await site.sql(
            `INSERT INTO records (run_id, n, line, kind, key, body, brief)
             SELECT ${Number(run)}, n, 0, kind, key, body, brief FROM json_to_recordset($said$${JSON.stringify(part)}$said$) AS x (n bigint, kind text, key text, body text, brief text)`,
        );
    }
    await site.sql("UPDATE run_heads SET records = $2::bigint WHERE run_id = $1::bigint", run, n);
    return n;
}

export const result = (key, text) => /** @type {[string, string, string]} */ (["result", key, `"key":${JSON.stringify(key)},"value":${text}`]);
export const row = (table, text) => /** @type {[string, string, string]} */ (["row", table, `"table":${JSON.stringify(table)},"values":${text}`]);
export const event = (kind, message, payload = "null", duration = "null") =>
    /** @type {[string, string, string]} */ (["event", kind, `"event":${JSON.stringify(kind)},"message":${JSON.stringify(message)},"payload":${payload},"duration_ms":${duration}`]);

/** A series of so many points, put into chunks of 1,000; SQL makes value of `i`, from 0 on. @param {any} site @param {number} run @param {string} key @param {number} points @param {string} [value] */
export async function saySeries(site, run, key, points, value = "sin(i / 5000.0) + i % 17 * 0.01") {
    const [{ records }] = await site.sql("SELECT records FROM run_heads WHERE run_id = $1::bigint", run);
    await site.sql(
        `INSERT INTO metric_chunks (run_id, key, n, points, first_step, last_step, body)
         SELECT $1::bigint, $2, $3::bigint + 1 + c, count(*), min(i), max(i),
                '{"points":[' || string_agg(format('[%s,%s,%s]', i, ${value}, 1700000000000 + i), E',\\t' ORDER BY i) || ']}'
         FROM generate_series(0, $4::bigint - 1) i, LATERAL (SELECT i / 1000 AS c) x GROUP BY c`,
        run, key, records, points,
    );
    await site.sql(
        `INSERT INTO records (run_id, n, line, kind, key, body)
         SELECT $1::bigint, n, 0, 'metrics', NULL, format('{"n":%s,"line":0,"kind":"metrics","at":1700000000000,"points":[]}', n)
         FROM metric_chunks WHERE run_id = $1::bigint AND key = $2`,
        run, key,
    );
    await site.sql("UPDATE run_heads SET records = records + $2::bigint WHERE run_id = $1::bigint", run, Math.ceil(points / 1000));
}

/** Points as they come from a run that goes on: [key, step, value]. Their chunks are there before the record tells of them.
 * @param {any} site @param {number} run @param {[string, number, any][]} points */
export async function sayPoints(site, run, points) {
    const [{ n }] = await site.sql("SELECT records + 1 AS n FROM run_heads WHERE run_id = $1::bigint", run);
    for (const [key, step, value] of points) {
        await site.sql(
            `INSERT INTO metric_chunks VALUES ($1::bigint, $2, $3::bigint, 1, $4::float8, $4::float8, $5)
             ON CONFLICT (run_id, key, n) DO UPDATE SET points = metric_chunks.points + 1, last_step = excluded.last_step,
                body = left(metric_chunks.body, -2) || E',\\t' || substr(excluded.body, 12)`,
            run, key, n, step, `{"points":[[${step},${JSON.stringify(value)},1700000000000]]}`,
        );
    }
    const texts = points.map(([key, step, value]) => `[${JSON.stringify(key)},${step},${JSON.stringify(value)},1700000000000]`);
    await say(site, run, [["metrics", "", `"points":[${texts.join(",")}]`]]);
}
