// Pages a second, beside the least that can answer a page of the same size from the database, behind the same nginx.

import { chmodSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { cpus } from "node:os";
import { join } from "node:path";

import { until } from "../lib/wait.mjs";
import { program } from "./lib/bench.mjs";
import { startSiteNginx } from "./lib/nginx.mjs";
import { family, meter } from "./lib/process.mjs";
import { ratios } from "./lib/report.mjs";
import { makeInstance } from "./lib/runs.mjs";
import { seed, seedLog } from "./lib/seed.mjs";
import { wrk } from "./lib/wrk.mjs";

export const title = "pages, beside a minimal libfcgi responder with one prepared SELECT of the same size";

/** As many as the quick pool has by default. */
const peerWorkers = 4;

/** Serves what is in peer.pages under each name, at /peer/NAME of the nginx. */
class Peer {
    constructor(bench, site) {
        this.bench = bench;
        this.site = site;
        this.folder = bench.tempDir();
        /** @type {Record<string, number>} */
        this.pids = {};
    }

    async keep(name, body) {
        const file = join(this.folder, `${name}.html`);
        writeFileSync(file, body);
        chmodSync(file, 0o644);
        await this.site.sql("INSERT INTO peer.pages SELECT $1, pg_read_file($2) ON CONFLICT (name) DO UPDATE SET body = excluded.body", name, file);
    }

    async start(names) {
        await this.site.sql(`CREATE SCHEMA peer; CREATE TABLE peer.pages (name text PRIMARY KEY, body text NOT NULL);
            ALTER TABLE peer.pages ALTER body SET STORAGE EXTERNAL`);
        for (const name of names) {
            await this.keep(name, "not yet");
            const args = [this.socket(name), String(peerWorkers), this.site.conf.database, name];
            const child = spawn(program("page_peer"), args, { stdio: "inherit" });
            this.pids[name] = child.pid;
            const ended = new Promise((resolve) => child.on("exit", resolve));
            this.bench.atEnd(() => (child.kill("SIGTERM"), ended));
        }
    }

    socket = (name) => join(this.folder, `${name}.sock`);
}

/** The site's nginx with a location for each peer in the same server. */
const withPeers = (peer, names) =>
    names
        .map(
            (name) => `    location = /peer/${name} {
        include athanor/fastcgi.conf;
        fastcgi_pass "unix:${peer.socket(name)}";
        fastcgi_buffer_size 16k;
        fastcgi_buffers 16 16k;
        fastcgi_busy_buffers_size 64k;
    }
`,
        )
        .join("");

/** Milliseconds of processor that one page takes, by program. */
async function costOfPage(url, programs, options) {
    const meters = Object.entries(programs).map(([name, pids]) => [name, meter(pids)]);
    const seconds = 2;
    const { rate } = await wrk(url, { connections: 8, seconds, ...options });
    return Object.fromEntries(meters.map(([name, used]) => [name, (used() * 1000) / (rate * seconds)]));
}

/** The cost of ours, made anew, and of the peer's, in the same terms. */
async function compareCosts(bench, { site, nginx, peer }, name, path, title_, options) {
    const shared = { nginx: nginx.workers(), Postgres: family(await site.pid("postgres")) };
    const ours = await costOfPage(nginx.url + path, { pages: family(await site.pid("pages-quick")), ...shared }, { anew: true, ...options });
    const theirs = await costOfPage(`${nginx.url}/peer/${name}`, { responder: family(peer.pids[name]), ...shared }, options);
    const sum = (cost) => Object.values(cost).reduce((all, ms) => all + ms, 0);
    const words = (cost) => Object.entries(cost).map(([program_, ms]) => `${program_} ${ms.toFixed(2)}`).join(", ");
    bench.report.figure(`${title_}: processor a page, libfcgi and one SELECT`, "ms", sum(theirs));
    bench.report.figure(`${title_}: processor a page, athanor, made anew`, "ms", sum(ours));
    bench.report.note(`${title_}: of these, athanor ${words(ours)}; libfcgi and one SELECT ${words(theirs)}`);
}

/** Ours and the peer's in turn; the peer answers what our page is now. */
async function inTurn(bench, { nginx, peer }, name, path, seconds, options) {
    const answer = await fetch(nginx.url + path, options);
    const body = await answer.text();
    if (answer.status !== 200 || !/<\/html>\s*$/.test(body)) throw new Error(`${path} is not a page: ${answer.status}`);
    await peer.keep(name, body);
    const [ours, theirs] = [[], []];
    for (let i = 0; i < bench.repeats; i++) {
        theirs.push(await wrk(`${nginx.url}/peer/${name}`, { connections: 64, seconds, ...options }));
        ours.push(await wrk(nginx.url + path, { connections: 64, seconds, ...options }));
    }
    return { ours, theirs, bytes: Buffer.byteLength(body) };
}

async function comparePage(bench, all, name, path, title_) {
    const { nginx, cookie } = all;
    const seconds = bench.quick ? 1 : 4;
    const options = { headers: { Cookie: cookie } };
    const { ours, theirs, bytes } = await inTurn(bench, all, name, path, seconds, options);
    const anew = [];
    for (let i = 0; i < bench.repeats; i++) anew.push(await wrk(nginx.url + path, { connections: 64, seconds, anew: true, ...options }));
    const alone = [];
    for (let i = 0; i < bench.repeats; i++) alone.push(await wrk(nginx.url + path, { connections: 1, seconds: 1, anew: true, ...options }));
    const { report } = bench;
    const rates = (list) => list.map((one) => one.rate);
    report.figure(`${title_}: libfcgi and one SELECT`, "pages/s", rates(theirs));
    report.figure(`${title_}: athanor`, "pages/s", rates(ours));
    report.figure(`${title_}: athanor / libfcgi and one SELECT`, "", ratios(rates(ours), rates(theirs)), ["least", 0.5]);
    report.figure(`${title_}: athanor, each made anew`, "pages/s", rates(anew));
    report.figure(`${title_}: one at a time, each made anew, median`, "ms", alone.map((one) => one.p50), ["below", 20]);
    report.figure(`${title_}: 64 connections, p99`, "ms", ours.map((one) => one.p99));
    report.note(`${title_}: ${bytes.toLocaleString("en-US")} bytes`);
    await compareCosts(bench, all, name, path, title_, options);
}

/** A site with the peers behind the same nginx; the log of one of its runs has 1,000 lines. */
async function start(bench, siteOptions) {
    const site = await bench.site(siteOptions);
    const peer = new Peer(bench, site);
    const names = ["dashboard", "run"];
    await peer.start(names);
    const nginx = await startSiteNginx(bench, site, cpus().length, withPeers(peer, names));
    await until("the peers answer", async () => (await (await fetch(`${nginx.url}/peer/run`)).text()) === "not yet", 10);
    const { run } = await seed(site, 3, 5);
    await seedLog(site, run, 1000);
    return { site, nginx, peer, run, cookie: await site.login() };
}

/** The same pages while runs talk, ten lines a second each and a batch for every line, beside the peer meanwhile. */
async function compareBusy(bench) {
    const runs = bench.quick ? 4 : 20;
    const all = await start(bench, { env: { ATHANOR_JOBS: String(runs) } });
    const instance = await makeInstance(all.site, "chat");
    const [{ first }] = await all.site.sql("SELECT min(create_run($1, 0)) AS first FROM generate_series(1, $2)", instance, runs);
    await until("all runs talk", async () => (await all.site.sql("SELECT count(*) AS n FROM run_heads WHERE run_id >= $1::bigint AND lines > 10", first))[0].n === runs, 30);
    const pages = [["dashboard", "/experiments", "dashboard"], ["run", `/runs/${all.run}`, "a run that has ended"], ["run", `/runs/${first}`, "a run that talks itself"]];
    for (const [name, path, title_] of pages) {
        const { ours, theirs } = await inTurn(bench, all, name, path, bench.quick ? 1 : 3, { headers: { Cookie: all.cookie } });
        const [our, their] = [ours, theirs].map((list) => list.map((one) => one.rate));
        bench.report.figure(`${title_}, while ${runs} runs talk: athanor`, "pages/s", our);
        bench.report.figure(`${title_}, while ${runs} runs talk: athanor / libfcgi and one SELECT`, "", ratios(our, their), ["least", 0.5]);
    }
}

async function compareQuiet(bench) {
    const all = await start(bench, { without: ["runner"] });
    const { site, run } = all;
    await comparePage(bench, all, "dashboard", "/experiments", "dashboard of 3 instances");
    await comparePage(bench, all, "run", `/runs/${run}`, "a run of 1,000 lines");
    await seed(site, bench.quick ? 1000 : 10_000, 10);
    const many = bench.quick ? "1,000" : "10,000";
    await comparePage(bench, all, "dashboard", "/experiments", `dashboard of ${many} instances`);
    bench.report.note(`${peerWorkers} workers each, wrk with 64 connections, ${cpus().length} nginx workers`);
}

/** @param {import("./lib/bench.mjs").Bench} bench `--only busy` or `--only quiet` */
export async function measure(bench) {
    if (bench.wants("quiet")) await compareQuiet(bench);
    await bench.end();
    if (bench.wants("busy")) await compareBusy(bench);
}
