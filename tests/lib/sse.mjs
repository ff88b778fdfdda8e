// A client for the streams that trusts nothing: it reads bytes as they come, keeps the last id as the standard says, and checks
// that each run's lines and records come densely, in order, and as the ids say. Use it to follow, to cut and to resume.

import http from "node:http";

import { until } from "./wait.mjs";

/**
 * Splits a stream of bytes into the events of the SSE format.
 */
export class SseParser {
    /** @param {(event: {type: string, data: string, id: string | null, retry: number | null}) => void} onEvent */
    constructor(onEvent) {
        this.onEvent = onEvent;
        this.decoder = new TextDecoder("utf-8", { fatal: true });
        this.rest = "";
        this.lastId = "";
        this.retry = null;
        this.#clear();
    }

    #clear() {
        this.type = "";
        this.data = [];
        this.id = null;
    }

    /** @param {Uint8Array} bytes */
    push(bytes) {
        this.rest += this.decoder.decode(bytes, { stream: true });
        let start = 0;
        for (;;) {
            const end = this.rest.indexOf("\n", start);
            if (end < 0) break;
            this.#line(this.rest.slice(start, end > start && this.rest[end - 1] === "\r" ? end - 1 : end));
            start = end + 1;
        }
        this.rest = this.rest.slice(start);
    }

    #line(line) {
        if (line === "") return this.#dispatch();
        if (line.startsWith(":")) return;
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        let value = colon < 0 ? "" : line.slice(colon + 1);
        if (value.startsWith(" ")) value = value.slice(1);
        if (field === "event") this.type = value;
        else if (field === "data") this.data.push(value);
        else if (field === "id" && !value.includes("\0")) this.id = value;
        else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    }

    #dispatch() {
        // A frame takes effect as a whole: one that was cut before its empty line never happened.
        if (this.id !== null) this.lastId = this.id;
        if (this.data.length > 0) {
            const { id } = this;
            this.onEvent({ type: this.type || "message", data: this.data.join("\n"), id, retry: this.retry });
        }
        this.#clear();
    }
}

/** @param {string} text `LINE.RECORD` */
export function parseCursor(text) {
    const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(text);
    if (!match) throw new Error(`not a cursor: "${text}"`);
    return { line: Number(match[1]), record: Number(match[2]) };
}

/** @param {string} text `7@1510.13,9@40.2` */
export function parseVector(text) {
    if (text === "") return new Map();
    return new Map(
        text.split(",").map((part) => {
            const match = /^(\d+)@(.*)$/.exec(part);
            if (!match) throw new Error(`not a vector of cursors: "${text}"`);
            return [Number(match[1]), parseCursor(match[2])];
        }),
    );
}

/** What has been seen of one run. Feed it the frames of one stream after another. */
export class RunLog {
    constructor(run, from = { line: 0, record: 0 }) {
        this.run = run;
        this.from = from;
        this.line = from.line;
        this.record = from.record;
        /** @type {any[][]} elements `[ms, level, text, source, metadata, flags]`, trailing ones left out */
        this.lines = [];
        /** @type {any[]} */
        this.records = [];
        this.progress = null;
        this.preview = null;
        this.closed = null;
        this.#lastMs = -Infinity;
    }

    #lastMs;

    #fail(text) {
        throw new Error(`run ${this.run} at ${this.line}.${this.record}: ${text}`);
    }

    /** The cursor that this has reached. */
    get cursor() {
        return `${this.line}.${this.record}`;
    }

    /** The texts of the lines, pieces of long lines joined. */
    texts() {
        const out = [];
        let open = false;
        for (const [, , text, , , flags] of this.lines) {
            if (open) out[out.length - 1] += text;
            else out.push(text);
            open = flags === 1;
        }
        return out;
    }

    onLogs({ first, lines }) {
        if (first !== this.line + 1) this.#fail(`lines begin at ${first}`);
        if (!Array.isArray(lines) || lines.length === 0) this.#fail("a frame without lines");
        for (const element of lines) {
            const [ms, level, text] = element;
            if (!Number.isInteger(ms) || ms < this.#lastMs) this.#fail(`time ${ms} after ${this.#lastMs}`);
            if (![0, 1, 2, 3].includes(level)) this.#fail(`level ${level}`);
            if (typeof text !== "string") this.#fail(`text ${JSON.stringify(text)}`);
            this.#lastMs = ms;
            this.lines.push(element);
            this.line++;
        }
    }

    onRecord(record) {
        if (record.n !== this.record + 1) this.#fail(`record ${record.n}`);
        if (record.line > this.line) this.#fail(`record ${record.n} came before its line ${record.line}`);
        const before = this.records.at(-1);
        if (before && record.line < before.line) this.#fail(`record ${record.n} goes back to line ${record.line}`);
        // By line, then record: its line is the last that was sent, unless the stream began behind it.
        if (record.line < this.line && this.line > this.from.line) this.#fail(`record ${record.n} of line ${record.line} is late`);
        this.records.push(record);
        this.record++;
    }

    onClosed(data) {
        this.closed = data;
    }

    checkId(cursor) {
        if (cursor.line !== this.line || cursor.record !== this.record)
            this.#fail(`the id says ${cursor.line}.${cursor.record}`);
    }

    /** The newest value of each result. */
    results() {
        return Object.fromEntries(this.records.filter((r) => r.kind === "result").map((r) => [r.key, r.value]));
    }

    /** The last status record. */
    status() {
        return this.records.findLast((r) => r.kind === "status");
    }
}

/**
 * Opens a stream. The same `logs` (and `id`) given to a second call make it a resumption, checked against what came before.
 * @param {{url: string, token?: string}} site
 * @param {string} path `/runs/7/events` or `/events?runs=...`
 * @param {object} [options]
 * @param {string} [options.lastEventId] sent as the header
 * @param {Map<number, RunLog>} [options.logs] what was seen before, by run
 * @param {Record<string, string>} [options.headers]
 * @param {string | null} [options.token]
 * @param {boolean} [options.check] false: only parse
 */
export async function openStream(site, path, options = {}) {
    const one = /^\/runs\/(\d+)\/events/.exec(path);
    const token = options.token === undefined ? site.token : options.token;
    const headers = { accept: "text/event-stream", ...options.headers };
    if (token) headers.authorization = `Bearer ${token}`;
    if (options.lastEventId) headers["last-event-id"] = options.lastEventId;
    const check = options.check ?? true;

    const request = http.get(site.url + path, { headers, agent: false });
    const response = await new Promise((resolve, reject) => {
        request.on("response", resolve);
        request.on("error", reject);
    });

    const stream = {
        status: response.statusCode,
        headers: response.headers,
        /** @type {{type: string, data: any, id: string | null}[]} */
        events: [],
        /** @type {Map<number, RunLog>} */
        logs: options.logs ?? new Map(),
        lastId: options.lastEventId ?? "",
        retry: null,
        body: "",
        ended: false,
        /** @type {Error | null} */
        error: null,
        bytes: 0,

        /** The log of a run; of the only one where none is named. */
        log(run = one ? Number(one[1]) : [...stream.logs.keys()][0]) {
            let log = stream.logs.get(run);
            if (!log) stream.logs.set(run, (log = new RunLog(run, startOf(run))));
            return log;
        },

        /** Waits until `fn(stream)` is truthy; a broken promise of the stream fails at once. */
        async until(what, fn, seconds = 30) {
            return until(
                what,
                () => {
                    if (stream.error) return true;
                    return fn(stream);
                },
                seconds,
            ).then((value) => {
                if (stream.error) throw stream.error;
                return value;
            });
        },

        /** Waits for the run's last frame and for the end of the answer. */
        untilClosed(seconds = 60) {
            return stream.until("the stream closes", () => stream.ended && stream.log().closed, seconds);
        },

        /** Cuts the connection as a lost network would. */
        cut() {
            stream.ended = true;
            request.destroy();
        },
    };

    function startOf(run) {
        const start = { line: 0, record: 0 };
        if (one) return options.lastEventId ? parseCursor(options.lastEventId) : (fromQuery(path) ?? start);
        if (options.lastEventId) return parseVector(options.lastEventId).get(run) ?? start;
        return vectorOfQuery(path).get(run) ?? start;
    }

    function onEvent({ type, data, id, retry }) {
        const parsed = JSON.parse(data);
        stream.events.push({ type, data: parsed, id });
        if (retry !== null) stream.retry = retry;
        if (!check) return;
        if (["logs", "record", "progress", "preview", "closed"].includes(type)) {
            if (!one && !/^\{"run":\d+[,}]/.test(data)) throw new Error(`a frame that does not begin with its run: ${data.slice(0, 80)}`);
            const log = stream.log(one ? Number(one[1]) : parsed.run);
            if (log.closed) throw new Error(`run ${log.run}: a frame after closed: ${type}`);
            if (type === "logs") log.onLogs(parsed);
            else if (type === "record") log.onRecord(parsed);
            else if (type === "progress") log.progress = parsed;
            else if (type === "preview") log.preview = parsed;
            else log.onClosed(parsed);
            const numbered = type === "logs" || type === "record" || type === "closed";
            if (numbered !== (id !== null)) throw new Error(`a ${type} frame ${id === null ? "without" : "with"} an id`);
            if (numbered) log.checkId(one ? parseCursor(id) : parseVector(id).get(log.run) ?? parseCursor("?"));
        } else if (id !== null) {
            throw new Error(`a ${type} frame with the id ${id}`);
        }
    }

    const isStream = /^text\/event-stream\b/.test(response.headers["content-type"] ?? "");
    const parser = new SseParser(onEvent);
    parser.lastId = stream.lastId;
    response.on("data", (bytes) => {
        stream.bytes += bytes.length;
        if (stream.error || (stream.ended && isStream)) return;
        if (!isStream) {
            stream.body += bytes.toString("utf8");
            return;
        }
        try {
            parser.push(bytes);
        } catch (error) {
            stream.error = error;
            request.destroy();
        }
        stream.lastId = parser.lastId;
        if (parser.retry !== null) stream.retry = parser.retry;
    });
    const over = () => (stream.ended = true);
    response.on("end", over).on("close", over).on("error", over);
    request.on("error", over);
    if (!isStream) await until("the answer ends", () => stream.ended);
    return stream;
}

const fromQuery = (path) => {
    const value = new URL(path, "http://x").searchParams;
    const at = value.get("last_event_id") ?? value.get("from");
    return at && at !== "end" ? parseCursor(at) : null;
};

const vectorOfQuery = (path) => {
    const query = new URL(path, "http://x").searchParams;
    const runs = query.get("last_event_id") ?? query.get("runs") ?? "";
    return parseVector(runs.split(",").filter(Boolean).map((r) => (r.includes("@") ? r : `${r}@0.0`)).join(","));
};

/**
 * Follows one run to its end over any number of cuts: whenever the stream ends early it resumes by the last id, as the page
 * does. Returns the log.
 * @param {object} [options]
 * @param {(stream: any) => boolean} [options.cutWhen] called on each poll; true cuts the stream
 * @param {number} [options.seconds]
 */
export async function followRun(site, run, options = {}) {
    const logs = options.logs ?? new Map();
    const end = Date.now() + (options.seconds ?? 60) * 1000;
    let lastEventId = options.lastEventId ?? "";
    let connects = 0;
    for (;;) {
        if (Date.now() > end) throw new Error(`run ${run} did not close in time; it is at ${logs.get(run)?.cursor}`);
        let stream;
        try {
            stream = await openStream(site, `/runs/${run}/events`, { ...options, logs, lastEventId });
            connects++;
        } catch {
            await new Promise((resolve) => setTimeout(resolve, 50)); // the site is not there; neither is a page discouraged
            continue;
        }
        if (stream.status === 204) {
            // The last cut fell between the last record, which says how the run ended, and the frame behind it.
            const log = logs.get(run);
            if (log) log.closed ??= { status: log.status()?.status };
            break;
        }
        while (!stream.ended && !stream.error && Date.now() <= end) {
            if (options.cutWhen?.(stream)) stream.cut();
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
        if (stream.error) throw stream.error;
        if (stream.status !== 200 && stream.status < 500 && stream.status !== 429)
            throw new Error(`the stream of run ${run} answers ${stream.status}: ${stream.body}`);
        if (stream.lastId) lastEventId = stream.lastId;
        if (logs.get(run)?.closed) break;
        if (!stream.ended) stream.cut();
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return Object.assign(logs.get(run) ?? new RunLog(run), { connects });
}
