// nginx instances of the measurements: one for a peer, and one that serves a site by the product's own files.

import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, statSync, writeFileSync, chmodSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { freePort, root } from "../../lib/stack.mjs";
import { until } from "../../lib/wait.mjs";
import { processes } from "./process.mjs";

const nginx = existsSync("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
export const nchanModule = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/** As root, nginx's workers run as this user. */
const userLine = (user) => (process.getuid() === 0 ? `user ${user};\n` : "");

/**
 * Starts nginx on a configuration and waits until it accepts.
 * @param {import("./bench.mjs").Bench} bench
 * @param {(place: {folder: string, port: number}) => string} configure
 */
export async function startNginx(bench, configure) {
    const folder = bench.tempDir();
    const port = await freePort();
    for (const name of ["tmp", "athanor"]) mkdirSync(join(folder, name));
    chmodSync(join(folder, "tmp"), 0o777);
    writeFileSync(join(folder, "nginx.conf"), configure({ folder, port }));
    const child = spawn(nginx, ["-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")], {
        stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (data) => (said = (said + data).slice(-4000)));
    const ended = new Promise((resolve) => child.on("exit", resolve));
    const server = {
        folder,
        port,
        url: `http://127.0.0.1:${port}`,
        errors: () => said,
        /** Process ids of its workers. */
        workers: () => processes().filter(({ parent }) => parent === child.pid).map(({ pid }) => pid),
        async stop() {
            if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
            await ended;
        },
    };
    bench.atEnd(server.stop);
    await until(
        "nginx accepts",
        () => {
            if (child.exitCode !== null) return true;
            return new Promise((resolve) => {
                const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
                socket.on("error", () => resolve(false));
            });
        },
        10,
    );
    if (child.exitCode !== null) throw new Error(`nginx does not start: ${said}`);
    await until("nginx has workers", () => server.workers().length > 0, 10);
    return server;
}

/** nchan with one worker, its memory settings like ours; publishers come through `publish.sock`. */
export const startNchan = (bench) =>
    startNginx(
        bench,
        ({ folder, port }) => `load_module ${nchanModule};
${userLine("nobody nogroup")}daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid "${folder}/nginx.pid";
error_log stderr warn;
events { worker_connections 19000; accept_mutex off; }
http {
    access_log off;
    tcp_nodelay on;
    connection_pool_size 256;
    request_pool_size 1k;
    client_header_buffer_size 512;
    client_body_temp_path "${folder}/tmp";
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    reset_timedout_connection on;
    nchan_shared_memory_size 512m;
    nchan_message_timeout 60s;
    nchan_message_buffer_length 20000;
    server {
        listen "unix:${folder}/publish.sock";
        location ~ ^/publish/(\\w+)$ { nchan_publisher; nchan_channel_id $1; }
    }
    server {
        listen 127.0.0.1:${port} backlog=4096 sndbuf=32k;
        location ~ ^/subscribe/(\\w+)$ {
            nchan_subscriber eventsource;
            nchan_channel_id $1;
            nchan_subscriber_first_message newest;
        }
    }
}
`,
    );

/**
 * The site's programs behind an nginx of our own, which reads the product's files. nginx itself is as the product
 * starts it, but for the number of workers, and `more` locations may stand beside the site's.
 */
export function startSiteNginx(bench, site, workers, more = "") {
    const run_ = realpathSync(join(site.state, "run"));
    return startNginx(bench, ({ folder, port }) => {
        const template = readFileSync(join(root, "nginx/local.conf.in"), "utf8");
        const words = {
            WORKERS: workers,
            FILES: 20000,
            CONNECTIONS: 19500,
            RUN: run_,
            TEMP: join(folder, "tmp"),
            MIME: "/etc/nginx/mime.types",
            PORT: port,
            WWW: join(root, "build"),
        };
        for (const name of readdirSync(join(root, "nginx")).filter((file) => file.endsWith(".conf")))
            copyFileSync(join(root, "nginx", name), join(folder, "athanor", name));
        const own = Object.entries(words).reduce((text, [word, value]) => text.replaceAll(`@${word}@`, String(value)), template);
        return userLine(ownerOf(site.state)) + own.replace(`pid "${run_}/nginx.pid"`, `pid "${folder}/nginx.pid"`).replace("        include athanor/locations.conf;", `        include athanor/locations.conf;\n${more}`);
    });
}

/** Name of the user and the group that own a file. */
export function ownerOf(path) {
    const { uid, gid } = statSync(path);
    const name = (file, id) =>
        readFileSync(file, "utf8").split("\n").map((line) => line.split(":")).find((words) => Number(words[2]) === id)?.[0];
    return `${name("/etc/passwd", uid) ?? uid} ${name("/etc/group", gid) ?? gid}`;
}
