// Rows that a test of the pages needs: experiments without folders, runs that no runner takes, logs written at once.

/** Makes an experiment known, as a runner's discovery would. */
export async function addExperiment(site, name, configuration, more = {}) {
    const manifest = { name, title: name, command: ["true"], configuration, ...more };
    await site.sql(
        `INSERT INTO experiments (name, title, manifest, content_hash, folder, error)
         VALUES ($1, $1, $2::json, 'x', '/nowhere', nullif($3, ''))
         ON CONFLICT (name) DO UPDATE SET manifest = excluded.manifest, error = excluded.error`,
        name, JSON.stringify(manifest), more.error ?? "",
    );
}

/** A run of a new instance; `status` is the status it ends up in. Returns its id. */
export async function addRun(site, status = "running") {
    const [{ id }] = await site.sql(
        `INSERT INTO instances (experiment, name) VALUES ('none', 'rows') RETURNING id`);
    const [{ run }] = await site.sql("SELECT create_run($1, 0) AS run", id);
    if (status === "pending") return run;
    await site.sql("SELECT body FROM claim_run($1, NULL, 'host', '{}')", run);
    if (status !== "running") await site.sql("SELECT body FROM finish_run($1, NULL, $2, NULL, NULL, 0, NULL)", run, status);
    return run;
}

/** Text as the log's chunks hold it: `,<TAB>` between the elements. */
export const chunkBody = (first, lines) =>
    `{"first":${first},"lines":[${lines.map((line) => JSON.stringify(line)).join(",\t")}]}`;

/** Bytes that a line takes in log.txt. */
export const lineBytes = (line) => Buffer.byteLength(line[2]) + (line[5] === 1 ? 0 : 1);

/**
 * Appends lines to a run's log, `size` to a chunk.
 * @param {any[][]} lines [ms, level, text, source, metadata, flags]
 */
export async function addLog(site, run, lines, size = 3) {
    const [head] = await site.sql("SELECT lines, bytes FROM run_heads WHERE run_id = $1", run);
    let [line, byte] = [head.lines, head.bytes];
    for (let at = 0; at < lines.length; at += size) {
        const part = lines.slice(at, at + size);
        const counts = [0, 1, 2, 3].map((level) => part.filter((one) => one[1] === level).length);
        const bytes = part.reduce((sum, one) => sum + lineBytes(one), 0);
        await site.sql(
            `INSERT INTO log_chunks VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
            run, line + 1, line + part.length, byte, byte + bytes, ...counts, chunkBody(line + 1, part));
        for (const [i, one] of part.entries()) {
            if (one[1] >= 2) await site.sql("INSERT INTO log_marks VALUES ($1, $2, $3)", run, one[1], line + 1 + i);
        }
        await site.sql(
            `UPDATE run_heads SET lines = $2, bytes = $3, debugs = debugs + $4, infos = infos + $5, warns = warns + $6, errors = errors + $7
             WHERE run_id = $1`,
            run, line + part.length, byte + bytes, ...counts);
        line += part.length;
        byte += bytes;
    }
}

/** Appends a record; `members` follow n, line, kind and at. Returns its number. */
export async function addRecord(site, run, kind, key, members, brief = null) {
    const [{ n, line }] = await site.sql("SELECT records + 1 AS n, lines AS line FROM run_heads WHERE run_id = $1", run);
    const start = { n, line, kind, at: 1700000000000 + n };
    const body = JSON.stringify({ ...start, ...members });
    const text = brief ? JSON.stringify({ ...start, ...brief, bytes: body.length, href: `/api/v1/runs/${run}/records/${n}` }) : "";
    await site.sql(
        `BEGIN; UPDATE run_heads SET records = $2 WHERE run_id = $1;
         INSERT INTO records VALUES ($1, $2, $3, $4, nullif($5, ''), $6, nullif($7, '')); COMMIT`,
        run, n, line, kind, key ?? "", body, text);
    return n;
}
