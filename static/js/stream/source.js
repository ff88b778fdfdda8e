/**
 * One connection to /events that never gives up, but for 401 and 403.
 *
 * `live` is told when the stream's first frame, `reset`, has come; `again` says whether a connection was lost before it, or
 * whether we ourselves opened a new one. No byte for 45 s counts as lost (the server pings every 15 s). Time is read from the wall
 * clock, which goes on while a computer sleeps, so that the first tick after a sleep knows.
 *
 * @typedef {{state: "connecting" | "live" | "reconnecting" | "denied", attempt: number, again: boolean}} SourceState
 */
import { backoffMs } from "./backoff.js";
import { FrameParser } from "./parser.js";

const TICK_MS = 1000;
const SILENCE_MS = 45_000;
/** More than a ping's interval: whoever is called back to the page after such a silence does not wait for more. */
const DOUBT_MS = 20_000;
/** An attempt that has had no answer for so long is replaced when there is reason to hope. */
const PATIENCE_MS = 3000;

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
        /** There was reason to hope while an attempt was under way: if it fails the next one does not wait. */
        this.hope = false;
        /** The connection, or the attempt at one. @type {AbortController | null} */
        this.abort = null;
        /** When it was begun or last said something. */
        this.heardAt = 0;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.timer = undefined;
        /** @type {ReturnType<typeof setInterval> | undefined} */
        this.ticker = undefined;
        this.tickedAt = 0;
    }

    /** Opens the connection, or replaces the open one because the address has changed. */
    open() {
        clearTimeout(this.timer);
        this.hope = false;
        this.abort?.abort();
        this.abort = new AbortController();
        this.heardAt = Date.now();
        if (!this.ticker) {
            this.tickedAt = this.heardAt;
            this.ticker = setInterval(() => this.tick(), TICK_MS);
        }
        this.read(this.abort);
    }

    /** Nobody listens any more; `open` begins as if nothing had been. */
    close() {
        this.stop();
        this.state = { state: "connecting", attempt: 0, again: false };
        this.attempt = 0;
        this.lost = false;
    }

    stop() {
        clearTimeout(this.timer);
        clearInterval(this.ticker);
        this.ticker = undefined;
        this.abort?.abort();
        this.abort = null;
    }

    tick() {
        const now = Date.now();
        const slept = now - this.tickedAt > DOUBT_MS;
        this.tickedAt = now;
        if (slept) this.wake();
        else if (this.abort && now - this.heardAt > SILENCE_MS) this.retry();
    }

    /** There is reason to hope (the browser is online again, a page is looked at, a sleep is over): do not wait any longer. */
    wake() {
        const silence = Date.now() - this.heardAt;
        if (this.state.state === "reconnecting") {
            if (!this.abort || silence > PATIENCE_MS) this.open();
            else this.hope = true;
        } else if (this.abort && silence > DOUBT_MS) {
            this.retry();
            this.open();
        }
    }

    /** @param {SourceState["state"]} state @param {boolean} [again] */
    tell(state, again = false) {
        this.state = { state, attempt: this.attempt, again };
        this.onState(this.state);
    }

    /** @param {AbortController} abort */
    async read(abort) {
        try {
            const answer = await fetch(this.address(this.lost), {
                headers: { accept: "text/event-stream" },
                cache: "no-store",
                signal: abort.signal,
            });
            if (abort !== this.abort) return;
            if (answer.status === 401 || answer.status === 403) {
                this.stop();
                this.tell("denied");
                return;
            }
            // A run that is gone is told of when we do not come from its beginning.
            if (answer.status === 404) this.lost = true;
            if (answer.status === 200 && answer.body && !answer.headers.has("x-athanor-unavailable")) await this.take(answer.body, abort);
        } catch {
            // The connection broke, or could not be made.
        }
        if (abort === this.abort) this.retry();
    }

    /** @param {ReadableStream<Uint8Array>} body @param {AbortController} abort */
    async take(body, abort) {
        const reader = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
        const parser = new FrameParser((frame) => {
            if (frame.event === "reset") this.begin();
            this.onFrame(frame);
        });
        for (;;) {
            const { value, done } = await reader.read();
            if (done || abort !== this.abort) return;
            this.heardAt = Date.now();
            parser.feed(value);
        }
    }

    begin() {
        const again = this.lost;
        this.attempt = 0;
        this.hope = false;
        this.lost = false;
        this.tell("live", again);
    }

    retry() {
        this.abort?.abort();
        this.abort = null;
        if (this.state.state === "live") this.lost = true;
        this.attempt++;
        this.tell("reconnecting");
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.open(), this.hope ? 0 : backoffMs(this.attempt));
    }
}
