// The two that are measured side by side: who serves a stream, how viewers come to it and how messages are said.

import { join } from "node:path";

import { root } from "../../lib/stack.mjs";
import { program } from "../lib/bench.mjs";
import { startNchan, startSiteNginx } from "../lib/nginx.mjs";
import { converse, measure as json } from "../lib/process.mjs";

/** nchan: numbers are ours, so they are kept here. */
export class Nchan {
    name = "nchan";
    /** Where the search for the highest rate begins, deliveries/s. */
    guess = 90_000;
    last = 0;

    async start(bench) {
        this.nginx = await startNchan(bench);
        this.programs = { nginx: this.nginx.workers()[0] };
    }

    view = (viewers) => converse(program("sse_load"), [String(this.nginx.port), "/subscribe/bench", String(viewers)]);

    async publish(rate, seconds, size) {
        const socket = join(this.nginx.folder, "publish.sock");
        const args = ["nchan", socket, "bench", rate, seconds, size, this.last + 1];
        const done = await json(program("publish"), args.map(String));
        this.last = done.last;
        return done;
    }
}

/** Athanor: a claimed run without a supervisor, whose batches the publisher appends and publishes. */
export class Athanor {
    name = "athanor";
    guess = 300_000;

    async start(bench) {
        this.site = await bench.site({ without: ["runner"], conf: { sse_clients: 20000 } });
        [{ id: this.instance }] = await this.site.sql(
            "INSERT INTO instances (experiment, name) VALUES ('none', 'fan-out') RETURNING id",
        );
        await this.newRun();
        await this.restartNginx(bench);
    }

    async restartNginx(bench) {
        await this.nginx?.stop();
        this.nginx = await startSiteNginx(bench, this.site, 1);
        this.programs = { nginx: this.nginx.workers()[0], relay: await this.site.pid("events") };
    }

    async newRun() {
        [{ run: this.run }] = await this.site.sql("SELECT create_run($1, 0) AS run", this.instance);
        await this.site.sql("SELECT epoch FROM claim_run($1, NULL, 'here', '{}')", this.run);
    }

    get path() {
        return `/runs/${this.run}/events`;
    }

    view = (viewers, from = "end", ...options) =>
        converse(program("sse_load"), [
            ...options,
            String(this.nginx.port),
            `${this.path}?from=${from}`,
            String(viewers),
            `Authorization: Bearer ${this.site.token}`,
        ]);

    publish(rate, seconds, size, stamp = "made") {
        const query = join(root, "sql/queries/runner/supervise/append_lines.sql");
        const { database, redis } = this.site.conf;
        return json(program("publish"), ["athanor", database, redis, query, this.run, stamp, rate, seconds, size].map(String));
    }
}
