/**
 * One connection to /events that never gives up, but for 401 and 403.
 *
 * `live` is told when the stream's first frame, `reset`, has come; `again` says whether a connection was lost before it, or
 * whether we ourselves opened a new one. No byte for 45 s counts as lost (the server pings every 15 s).
 *
 * @typedef {{state: "connecting" | "live" | "reconnecting" | "denied", attempt: number, again: boolean}} SourceState
 */
import { backoffMs } from "./backoff.js";
import { FrameParser } from "./parser.js";

const SILENCE_MS = 45_000;

export class Source {
    /**
     * @param {object} options
     * @param {(lost: boolean) => string} options.address where to connect; `lost`: after a connection that broke
     * @param {(frame: import("./parser.js").Frame) => void} options.onFrame
     * @param {(state: SourceState) => void} options.onState
     */
    constructor({ address, onFrame, onState }) {
        this.address = address;
        this.onFrame = onFrame;
        this.onState = onState;
        /** @type {SourceState} */
        this.state = { state: "connecting", attempt: 0, again: false };
        this.attempt = 0;
        this.lost = false;
        /** @type {AbortController | null} */
        this.abort = null;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.timer = undefined;
    }

    /** Opens the connection, or replaces the open one because the address has changed. */
    open() {
        clearTimeout(this.timer);
        this.abort?.abort();
        this.abort = new AbortController();
        this.read(this.abort).catch(() => {});
    }

    close() {
        clearTimeout(this.timer);
        this.abort?.abort();
        this.abort = null;
    }

    /** The browser is online again, or a page is looked at: do not wait any longer. */
    wake() {
        if (this.state.state === "reconnecting" && !this.trying) this.open();
    }

    /** @param {SourceState["state"]} state @param {boolean} [again] */
    tell(state, again = false) {
        this.state = { state, attempt: this.attempt, again };
        this.onState(this.state);
    }

    /** @param {AbortController} abort */
    async read(abort) {
        this.trying = true;
        let silence = setTimeout(() => abort.abort("silence"), SILENCE_MS);
        try {
            const answer = await fetch(this.address(this.lost), {
                headers: { accept: "text/event-stream" },
                cache: "no-store",
                signal: abort.signal,
            });
            if (answer.status === 401 || answer.status === 403) {
                this.abort = null;
                this.tell("denied");
                return;
            }
            if (answer.status !== 200 || !answer.body || answer.headers.has("x-athanor-unavailable")) {
                throw new Error(`the stream answered ${answer.status}`);
            }
            const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
            const parser = new FrameParser((frame) => this.take(frame));
            for (;;) {
                const { value, done } = await reader.read();
                if (abort !== this.abort) return;
                if (done) break;
                clearTimeout(silence);
                silence = setTimeout(() => abort.abort("silence"), SILENCE_MS);
                parser.feed(value);
            }
            throw new Error("the stream ended");
        } catch (error) {
            if (abort !== this.abort) return;
            this.retry();
        } finally {
            clearTimeout(silence);
            if (abort === this.abort || !this.abort) this.trying = false;
        }
    }

    /** @param {import("./parser.js").Frame} frame */
    take(frame) {
        if (frame.event === "reset") {
            const again = this.lost;
            this.attempt = 0;
            this.lost = false;
            this.trying = false;
            this.tell("live", again);
        }
        this.onFrame(frame);
    }

    retry() {
        this.trying = false;
        if (this.state.state === "live") this.lost = true;
        this.attempt++;
        this.tell("reconnecting");
        this.timer = setTimeout(() => this.open(), backoffMs(this.attempt));
    }
}
