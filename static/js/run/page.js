/** The run page: puts feed, header, connection and panels together. */
import { one } from "../dom.js";
import { stream } from "../stream/client.js";
import { Connection } from "./connection.js";
import { RunFeed } from "./feed.js";
import { Head } from "./head.js";
import { Panels } from "./panels.js";

/**
 * @typedef {object} RunContext what the parts of the page share
 * @property {number} run
 * @property {string} title
 * @property {RunFeed} feed
 * @property {boolean} ended
 * @property {() => string} currentTab
 * @property {() => boolean} holds
 */

/** @param {HTMLElement} root */
export function startRun(root) {
    const run = Number(root.dataset.run);
    const [lines, records] = (root.dataset.cursor ?? "0.0").split(".").map(Number);
    const first = root.dataset.tabShown ?? "logs";
    const feed = new RunFeed(run, lines, records);
    const connection = new Connection(root, feed);
    /** @type {RunContext} */
    const context = {
        run,
        title: one(root, "h1").textContent,
        feed,
        ended: ["completed", "failed", "cancelled"].includes(one(root, "[data-status]").dataset.status),
        currentTab: () => panels?.current ?? first,
        holds: () => connection.holds(),
    };
    /** @type {Panels | null} */
    let panels = null;
    const head = new Head(root, context);
    panels = new Panels(one(root, "[data-panels]"), context, first);
    head.showTitle();

    stream.on("run", (facts) => {
        if (facts.id !== run) return;
        if (!facts.deleted) return head.read();
        head.showDeleted();
        connection.close();
    });
    feed.on("closed", () => {
        connection.close();
        feed.sync();
        head.read();
    });
    stream.onResume((away) => {
        feed.sync(away);
        head.read();
    });
    stream.onState((state) => {
        if (state.state === "live") {
            feed.sync(state.again);
            head.read();
        }
        connection.set(state);
    });
    if (context.ended) connection.close();
    else stream.watch(run, () => feed.cursor());
}
