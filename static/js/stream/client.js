/**
 * The page's side of the stream: state and frames for whoever listens, through the worker that all tabs share, or, where there is
 * none, through a hub of this page's own.
 */
import { Hub } from "./hub.js";

/** Of one browser, with 32 runs each: beyond them a page has a connection of its own, of which a browser allows six. */
const MAX_WORKERS = 4;

/** @typedef {import("./source.js").SourceState} SourceState */

class Client extends EventTarget {
    constructor() {
        super();
        /** @type {SourceState} */
        this.state = { state: "connecting", attempt: 0, again: false };
        /** @type {Map<number, () => string>} */
        this.watching = new Map();
        /** @type {MessagePort | null} */
        this.port = null;
        this.workerAddress = "";
        this.number = 0;
    }

    /** Connects, once a page. @param {string} workerAddress */
    start(workerAddress) {
        this.workerAddress = workerAddress;
        this.join(0);
        const wake = () => this.port?.postMessage({ type: "wake" });
        addEventListener("online", wake);
        document.addEventListener("resume", wake);
        document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
        addEventListener("pagehide", () => this.port?.postMessage({ type: "bye" }));
        addEventListener("pageshow", (e) => e.persisted && location.reload());
    }

    /** Joins a worker: the first, or the next one when it follows as many runs as one stream can. @param {number} number */
    join(number) {
        this.number = number;
        if (typeof SharedWorker === "undefined" || number >= MAX_WORKERS) return this.own();
        try {
            const worker = new SharedWorker(this.workerAddress, { type: "module", name: `athanor ${number}` });
            worker.addEventListener("error", () => this.own());
            this.use(worker.port);
        } catch {
            this.own();
        }
    }

    /** A hub of this page's own. */
    own() {
        if (this.hub) return;
        this.hub = new Hub();
        const channel = new MessageChannel();
        this.hub.attach(channel.port1);
        this.use(channel.port2);
    }

    /** @param {MessagePort} port */
    use(port) {
        this.port?.postMessage({ type: "bye" });
        this.port = port;
        port.addEventListener("message", (e) => {
            if (this.port === port) this.hear(e.data);
        });
        port.start();
        for (const [run, cursor] of this.watching) port.postMessage({ type: "watch", run, cursor: cursor() });
    }

    /** @param {any} message */
    hear(message) {
        if (message.type === "state") {
            this.state = message;
            this.dispatchEvent(new CustomEvent("state", { detail: message }));
        } else if (message.type === "frame") {
            this.port?.postMessage({ type: "ack", seq: message.seq });
            this.dispatchEvent(new CustomEvent("frame", { detail: message }));
            this.dispatchEvent(new CustomEvent(`frame:${message.event}`, { detail: message }));
        } else if (message.type === "resume") {
            this.dispatchEvent(new CustomEvent("resume", { detail: message.away }));
        } else if (message.type === "full") {
            this.join(this.number + 1);
        }
    }

    /** Follows a run from a cursor on. @param {number} run @param {() => string} cursor where the page stands now */
    watch(run, cursor) {
        this.watching.set(run, cursor);
        this.port?.postMessage({ type: "watch", run, cursor: cursor() });
    }

    /** @param {string} event @param {(data: any, run: number | null, text: string) => void} listener gets the data, parsed */
    on(event, listener) {
        this.addEventListener(`frame:${event}`, (e) => {
            const { data, run } = /** @type {CustomEvent} */ (e).detail;
            listener(JSON.parse(data), run, data);
        });
    }

    /** @param {(state: SourceState) => void} listener is told at once, too */
    onState(listener) {
        this.addEventListener("state", (e) => listener(/** @type {CustomEvent} */ (e).detail));
        listener(this.state);
    }

    /** Frames have been left out. @param {(away: boolean) => void} listener is told whether the page was asleep, or merely slow */
    onResume(listener) {
        this.addEventListener("resume", (e) => listener(/** @type {CustomEvent} */ (e).detail));
    }
}

/** The page's one client. */
export const stream = new Client();
