// The artifacts of a run: their list, and the files themselves, which no browser may take for a page of this site.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { addRecord, addRun } from "../lib/rows.mjs";
import { startStack } from "../lib/stack.mjs";

const site = await startStack(after, { without: ["runner", "events"] });
const run = await addRun(site);
const base = `/api/v1/runs/${run}/artifacts`;
const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** Puts a content into the store and says that the run has kept it. Returns the record's number. */
async function add(name, data, media_type = "application/octet-stream", hash = sha256(data)) {
    const folder = join(site.state, "artifacts", hash.slice(0, 2));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, hash.slice(2)), data);
    chmodSync(join(folder, hash.slice(2)), 0o644);
    return addRecord(site, run, "artifact", name, { name, sha256: hash, size: data.length, media_type });
}
const download = async (n, headers = {}, method = "GET") => {
    const response = await site.fetch(`${base}/${n}`, { method, headers });
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
};

test("the list says what there is and where", async () => {
    const n = await add("a.txt", Buffer.from("hello\n"), "text/plain");
    const { json } = await site.get(base);
    assert.deepEqual(json, {
        items: [{ n, at: 1700000000000 + n, name: "a.txt", sha256: sha256("hello\n"), size: 6, media_type: "text/plain", href: `${base}/${n}` }],
        next: null,
    });
    assert.equal((await site.get(json.items[0].href)).text, "hello\n");
    assert.equal((await site.get("/api/v1/runs/99999/artifacts")).status, 404);
    assert.equal((await site.get(base, { token: null })).status, 401);
});

test("the page of a run has them for its tab", async () => {
    const other = await addRun(site);
    const view = async () => (await site.get(`/runs/${other}?tab=artifacts`, { headers: { accept: "application/json" } })).json;
    assert.deepEqual((await view()).artifacts, { none: true, paged: false, more: null, rows: [] });
    const file = { name: "b <i>.png", sha256: "0".repeat(64), size: 2048, media_type: "image/png" };
    const n = await addRecord(site, other, "artifact", file.name, file);
    const { tab, artifacts } = await view();
    assert.equal(tab, "artifacts");
    const [{ when, ...row }] = artifacts.rows;
    assert.deepEqual(row, { n, name: file.name, href: `/api/v1/runs/${other}/artifacts/${n}`, size: "2.0 KiB", bytes: 2048,
        media_type: "image/png", promote: null, image: true, sha256: file.sha256 });
    assert.equal(when.ms, 1700000000000 + n);
    assert.equal((await site.get(`/runs/${other}`, { headers: { accept: "application/json" } })).json.artifacts, null);
});

test("a file arrives as it is, whole, in ranges, or not again", async () => {
    const data = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251));
    const n = await add("data.bin", data);
    const whole = await download(n);
    assert.equal(whole.status, 200);
    assert.ok(whole.body.equals(data));
    assert.equal(whole.headers.get("content-length"), "300000");
    assert.equal(whole.headers.get("accept-ranges"), "bytes");
    assert.equal(whole.headers.get("etag"), `"${sha256(data)}"`);
    assert.match(whole.headers.get("cache-control"), /private/);

    for (const [range, first, last] of [["bytes=0-0", 0, 0], ["bytes=65535-65600", 65535, 65600], ["bytes=299990-", 299990, 299999],
        ["bytes=-5", 299995, 299999], ["bytes=100-9999999", 100, 299999]]) {
        const part = await download(n, { range });
        assert.equal(part.status, 206, range);
        assert.equal(part.headers.get("content-range"), `bytes ${first}-${last}/300000`);
        assert.ok(part.body.equals(data.subarray(first, last + 1)), range);
    }
    const beyond = await download(n, { range: "bytes=300000-" });
    assert.deepEqual([beyond.status, beyond.headers.get("content-range")], [416, "bytes */300000"]);
    for (const range of ["bytes=1-2,4-5", "lines=1-2", "bytes=x"]) assert.equal((await download(n, { range })).status, 200, range);

    const head = await download(n, {}, "HEAD");
    assert.deepEqual([head.status, head.headers.get("content-length"), head.body.length], [200, "300000", 0]);
    const again = await download(n, { "if-none-match": `W/"x", "${sha256(data)}"` });
    assert.deepEqual([again.status, again.body.length], [304, 0]);
    assert.equal((await download(n, { "if-none-match": '"other"' })).status, 200);
    const empty = await download(await add("empty", Buffer.alloc(0)));
    assert.deepEqual([empty.status, empty.headers.get("content-length"), empty.body.length], [200, "0", 0]);
});

test("no browser takes a file for a page of this site", async () => {
    const script = Buffer.from("<script>alert(document.cookie)</script>");
    for (const [name, type, sent] of [
        ["x.html", "text/html", "application/octet-stream"],
        ["x.xml", "application/xml", "application/octet-stream"],
        ["x.js", "text/javascript", "application/octet-stream"],
        ["x", "nonsense\r\nset-cookie: a=b", "application/octet-stream"],
        ["x.svg", "image/svg+xml", "image/svg+xml"],
        ["x.png", "image/png", "image/png"],
        ["x.txt", "text/plain", "text/plain"],
        ["x.csv", "text/csv", "text/csv"],
    ]) {
        const { status, headers } = await download(await add(name, script, type));
        assert.equal(status, 200);
        assert.equal(headers.get("content-type").split(";")[0], sent, name);
        assert.match(headers.get("content-disposition"), /^attachment; /);
        assert.match(headers.get("content-security-policy"), /default-src 'none'; sandbox/);
        assert.match(headers.get("x-content-type-options"), /^nosniff/);
        assert.equal(headers.get("set-cookie"), null);
    }
});

test("file names survive, and nothing else gets into the header", async () => {
    for (const [name, short, long] of [
        ["model.pkl", "model.pkl", "model.pkl"],
        ["out/deep/b.PNG", "b.PNG", "b.PNG"],
        ['a "b"; x=\\', "a__b___x__", "a%20%22b%22%3B%20x%3D%5C"],
        ["ä\r\nset-cookie: a=b", "____set-cookie__a_b", "%C3%A4%0D%0Aset-cookie%3A%20a%3Db"],
        ["..", null, null],
        ["folder/", null, null],
    ]) {
        const n = await add(name, Buffer.from("x"));
        const value = (await download(n)).headers.get("content-disposition");
        const own = `artifact-${n}`;
        assert.equal(value, `attachment; filename="${short ?? own}"; filename*=UTF-8''${long ?? own}`, name);
    }
});

test("what is no artifact is not found", async () => {
    const other = await addRecord(site, run, "result", "r", { key: "r", value: 1 });
    for (const path of [`${base}/${other}`, `${base}/99999`, `${base}/0`, `${base}/x`, `/api/v1/runs/99999/artifacts/1`]) {
        assert.equal((await site.get(path)).status, 404, path);
    }
    assert.equal((await site.get(`${base}/1`, { token: null })).status, 401);
    assert.equal((await site.read(`${base}/1`, { method: "DELETE" })).status, 405);
    assert.equal((await site.get(`${base}?limit=0`)).status, 400);
});

test("a file that the store lacks, or has otherwise, is an error and not a wrong content", async () => {
    const [gone, short, wrong] = [
        await add("gone", Buffer.from("gone")),
        await add("short", Buffer.from("shortened")),
        await addRecord(site, run, "artifact", "w", { name: "w", sha256: "../../../athanor.ini", size: 1, media_type: "text/plain" }),
    ];
    const path = (data) => join(site.state, "artifacts", sha256(data).slice(0, 2), sha256(data).slice(2));
    rmSync(path("gone"));
    truncateSync(path("shortened"), 3);
    for (const n of [gone, short, wrong]) {
        const answer = await site.get(`${base}/${n}`);
        assert.equal(answer.status, 500);
        assert.equal(answer.headers.get("content-type"), "application/problem+json");
    }
});

/** The largest memory that any worker of the bulk pool has had, in KiB. */
async function peak() {
    const pool = await site.pid("pages-bulk");
    const workers = readdirSync("/proc").filter((pid) => {
        try {
            return new RegExp(`^PPid:\\s+${pool}$`, "m").test(readFileSync(`/proc/${pid}/status`, "utf8"));
        } catch {
            return false;
        }
    });
    assert.ok(workers.length > 0);
    return Math.max(...workers.map((pid) => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1])));
}

test("a large file takes no memory", async () => {
    const size = 150 * 1024 * 1024;
    const n = await add("large", Buffer.from("large"));
    const file = join(site.state, "artifacts", sha256("large").slice(0, 2), sha256("large").slice(2));
    truncateSync(file, size);
    await site.sql("UPDATE records SET body = replace(body, $3, $4) WHERE run_id = $1 AND n = $2", run, n, '"size":5', `"size":${size}`);
    const before = await peak();
    const response = await site.fetch(`${base}/${n}`);
    assert.equal(response.status, 200);
    let total = 0;
    for await (const chunk of response.body) total += chunk.length;
    assert.equal(total, size);
    assert.ok((await peak()) - before < 8 * 1024, `${before} KiB became ${await peak()}`);
});
