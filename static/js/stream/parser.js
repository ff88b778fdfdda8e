/**
 * Server-Sent Events, cut into frames as the bytes arrive.
 *
 * Takes any division of the text: `feed` keeps what is not yet a whole line.
 *
 * @typedef {{event: string, id: string | null, data: string}} Frame
 */
export class FrameParser {
    /** @param {(frame: Frame) => void} onFrame */
    constructor(onFrame) {
        this.onFrame = onFrame;
        this.rest = "";
        this.event = "";
        /** @type {string | null} */
        this.id = null;
        /** @type {string | null} */
        this.data = null;
    }

    clear() {
        this.event = "";
        this.id = null;
        this.data = null;
    }

    /** @param {string} text */
    feed(text) {
        const all = this.rest + text;
        let from = 0;
        for (let end; (end = all.indexOf("\n", from)) >= 0; from = end + 1) {
            this.line(all.slice(from, all.charCodeAt(end - 1) === 13 ? end - 1 : end));
        }
        this.rest = all.slice(from);
    }

    /** @param {string} line */
    line(line) {
        if (line === "") {
            if (this.data !== null) this.onFrame({ event: this.event || "message", id: this.id, data: this.data });
            this.clear();
            return;
        }
        const colon = line.indexOf(":");
        if (colon === 0) return;
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1);
        if (name === "data") this.data = this.data === null ? value : `${this.data}\n${value}`;
        else if (name === "event") this.event = value;
        else if (name === "id") this.id = value;
    }
}
