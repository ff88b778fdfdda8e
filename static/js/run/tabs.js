/**
 * The tabs of a run: one template (`partials/panel_NAME`) and one module each, registered here and nowhere else. The server lists
 * them in the run's view.
 *
 * @typedef {object} Panel what a module's `mount` returns; each member may be missing
 * @property {(record: any, text: string) => void} [record] a record that the panel has not seen, in order
 * @property {() => void} [shown] the panel has become visible
 *
 * @typedef {(root: HTMLElement, context: import("./page.js").RunContext, seen: {lines: number, records: number}) => Panel} Mount
 */
import { mountArtifacts } from "./artifacts.js";
import { mountConfiguration } from "./configuration.js";
import { mountEvents } from "./events.js";
import { mountLeaderboard } from "./leaderboard.js";
import { mountLogs } from "./logs.js";
import { mountMetrics } from "./metrics.js";
import { mountResults } from "./results.js";

/** @type {Record<string, Mount>} */
export const tabs = {
    logs: mountLogs,
    results: mountResults,
    events: mountEvents,
    leaderboard: mountLeaderboard,
    metrics: mountMetrics,
    artifacts: mountArtifacts,
    configuration: mountConfiguration,
};
