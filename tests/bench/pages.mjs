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

async function comparePage(bench, all, name, path, title_) {
    const { nginx, peer, cookie } = all;
    const seconds = bench.quick ? 1 : 4;
    const options = { headers: { Cookie: cookie } };
    const answer = await fetch(nginx.url + path, options);
    const body = await answer.text();
    if (answer.status !== 200 || !/<\/html>\s*$/.test(body)) throw new Error(`${path} is not a page: ${answer.status}`);
    await peer.keep(name, body);
    const [ours, theirs] = [[], []];
    for (let i = 0; i < bench.repeats; i++) {
        theirs.push(await wrk(`${nginx.url}/peer/${name}`, { connections: 64, seconds, ...options }));
        ours.push(await wrk(nginx.url + path, { connections: 64, seconds, ...options }));
    }
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
    report.note(`${title_}: ${Buffer.byteLength(body).toLocaleString("en-US")} bytes`);
    await compareCosts(bench, all, name, path, title_, options);
}

/** @param {import("./lib/bench.mjs").Bench} bench */
export async function measure(bench) {
    const site = await bench.site({ without: ["runner"] });
    const peer = new Peer(bench, site);
    const names = ["dashboard", "run"];
    await peer.start(names);
    const nginx = await startSiteNginx(bench, site, cpus().length, withPeers(peer, names));
    await until("the peers answer", async () => (await (await fetch(`${nginx.url}/peer/run`)).text()) === "not yet", 10);
    const all = { site, nginx, peer, cookie: await site.login() };
    const { run } = await seed(site, 3, 5);
    await seedLog(site, run, 1000);
    await comparePage(bench, all, "dashboard", "/experiments", "dashboard of 3 instances");
    await comparePage(bench, all, "run", `/runs/${run}`, "a run of 1,000 lines");
    await seed(site, bench.quick ? 1000 : 10_000, 10);
    const many = bench.quick ? "1,000" : "10,000";
    await comparePage(bench, all, "dashboard", "/experiments", `dashboard of ${many} instances`);
    bench.report.note(`${peerWorkers} workers each, wrk with 64 connections, ${cpus().length} nginx workers`);
}
