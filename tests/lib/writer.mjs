// Says what a supervisor would say, without one: appends batches to a run in Postgres and publishes them through Redis.
// It keeps what it has said, so that a test can compare.

import { connect } from "node:net";

/** Publishes, and knows nothing else of Redis. What it cannot send is lost, as it is in life. */
export class Publisher {
    constructor(site) {
        this.path = site.conf.redis;
        this.#connect();
    }

    #connect() {
        this.socket = connect(this.path);
        this.socket.on("error", () => {});
        this.socket.on("data", () => {});
        this.socket.on("close", () => {
            this.socket = null;
            if (!this.ended) setTimeout(() => this.ended || this.#connect(), 50);
        });
    }

    command(...words) {
        const parts = words.map((word) => Buffer.from(String(word)));
        this.socket?.write(
            Buffer.concat([
                Buffer.from(`*${parts.length}\r\n`),
                ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from("\r\n")]),
            ]),
        );
    }

    end() {
        this.ended = true;
        this.socket?.destroy();
    }
}

const quoted = (text) => `$said$${text}$said$`;

/** Makes an instance; returns its id. */
export async function makeInstance(db, name = "test") {
    const text = await db.query(`INSERT INTO instances (experiment, name) VALUES ('none', ${quoted(name)}) RETURNING id`);
    return Number(text);
}

/** Makes a run of an instance; `claim` false leaves it pending. */
export async function makeRun(db, instance, claim = true) {
    const run = Number(await db.query(`SELECT create_run(${instance}, 0)`));
    if (claim) await db.query(`SELECT body FROM claim_run(${run}, NULL, 'here', '{}')`);
    return run;
}

/** The one writer of a run. */
export class Writer {
    /** @param {{publish?: (kind: string) => boolean}} [options] which batches are published, default all */
    constructor(db, redis, run, options = {}) {
        Object.assign(this, { db, redis, run, publish: options.publish ?? (() => true) });
        this.epoch = 1;
        this.line = 0;
        this.record = 1; // the status record of claim_run
        this.byte = 0;
        this.lines = []; // elements, as said
        this.records = [];
    }

    /** Where it is. */
    get cursor() {
        return `${this.line}.${this.record}`;
    }

    send(text) {
        if (this.redis && this.publish("batch")) this.redis.command("PUBLISH", `athanor:run:${this.run}`, text);
    }

    progress(data) {
        const text = JSON.stringify(data);
        this.redis.command("SET", `athanor:progress:${this.run}`, text, "EX", 60); // no heartbeat renews it
        this.redis.command("PUBLISH", `athanor:run:${this.run}`, `P\n${text}`);
    }

    preview(text) {
        const data = JSON.stringify({ line: this.line + 1, source: 0, text });
        this.redis.command("SET", `athanor:preview:${this.run}`, data, "EX", 60);
        this.redis.command("PUBLISH", `athanor:run:${this.run}`, `V\n${data}`);
    }

    /**
     * Appends one batch: commit, then publish.
     * @param {any[][]} elements of lines
     * @param {{after: number, kind: string, [key: string]: any}[]} said records, each after so many lines of this batch
     */
    async batch(elements, said = []) {
        const [firstLine, firstRecord] = [this.line + 1, this.record + 1];
        const lines = elements.map((element) => JSON.stringify(element));
        const chunk = `{"first":${firstLine},"lines":[${lines.join(",\t")}]}`;
        const bytes = elements.reduce((sum, element) => sum + Buffer.byteLength(element[2]) + 1, 0);
        const records = said.map(({ after, kind, ...rest }, i) => ({ n: firstRecord + i, line: this.line + after, kind, at: 1700000000000, ...rest }));
        const texts = records.map((record) => JSON.stringify(record));
        const [lastLine, lastRecord] = [this.line + lines.length, this.record + records.length];
        const parts = [
            `WITH head AS (UPDATE run_heads SET lines = ${lastLine}, records = ${lastRecord}, bytes = bytes + ${bytes}
             WHERE run_id = ${this.run} AND epoch = ${this.epoch} AND lines = ${this.line} AND records = ${this.record} RETURNING run_id)`,
        ];
        if (lines.length)
            parts.push(`chunk AS (INSERT INTO log_chunks SELECT run_id, ${firstLine}, ${lastLine}, ${this.byte}, ${this.byte + bytes},
                0, ${lines.length}, 0, 0, ${quoted(chunk)} FROM head)`);
        if (records.length)
            parts.push(`said AS (INSERT INTO records (run_id, n, line, kind, body) SELECT run_id, v.n, v.line, v.kind, v.body FROM head,
                (VALUES ${records.map((r, i) => `(${r.n}, ${r.line}, ${quoted(r.kind)}, ${quoted(texts[i])})`)}) AS v (n, line, kind, body))`);
        await this.#commit(`${parts.join(", ")} SELECT count(*) FROM head`, `${lastLine}.${lastRecord}`);
        const head = `B ${this.epoch} ${firstLine} ${lastLine} ${firstRecord} ${lastRecord}\n`;
        this.send(head + [...(lines.length ? [chunk] : []), ...texts].join("\n"));
        Object.assign(this, { line: lastLine, record: lastRecord, byte: this.byte + bytes });
        this.lines.push(...elements);
        this.records.push(...records);
    }

    /** The same batch may be sent again after a reply that was lost: then it is there already. */
    async #commit(statement, cursor) {
        if ((await this.db.query(statement)) === "1") return;
        const head = await this.db.query(`SELECT lines || '.' || records FROM run_heads WHERE run_id = ${this.run}`);
        if (head !== cursor) throw new Error(`a batch was not taken: the run is at ${head}`);
    }

    /** Ends the run. */
    async finish(status = "completed") {
        const reason = status === "completed" ? "NULL" : "'exit'";
        const body = await this.db.query(`SELECT body FROM finish_run(${this.run}, ${this.epoch}, '${status}', ${reason}, NULL, 0, NULL)`);
        this.record++;
        this.send(`B ${this.epoch} ${this.line + 1} ${this.line} ${this.record} ${this.record}\n${body}`);
    }
}
