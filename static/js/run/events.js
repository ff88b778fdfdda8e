/**
 * The timeline of typed events: all of them, some hundreds at a time. Scrolling to an end brings the next ones and lets go of those far
 * away, so that a million events cost no more than six hundred.
 */
import { all, el, isFieldTouched, one } from "../dom.js";
import { bytes, count, duration, timeOfDay } from "../format.js";
import { memberText, typeAt } from "../json_text.js";
import { render, renderOne } from "../render.js";
import { toast } from "../toasts.js";
import { readJson, readText } from "../view.js";
import { Tree } from "./json_tree.js";

const HELD = 600;
const NEAR_PX = 300;
const DRAW_MS = 8;
/** What the choice offers; the server offers as many. */
const KINDS = 300;
const SHOWN_PAYLOAD = 8192;

/** The colour of an event, by the ending of its kind. @param {string} kind */
export function toneOf(kind) {
    const ending = kind.slice(kind.lastIndexOf(".") + 1);
    if (ending === "started") return "started";
    if (["finished", "created", "fitted"].includes(ending)) return "finished";
    if (["failed", "error"].includes(ending)) return "failed";
    return ending === "warning" ? "warning" : "plain";
}

/** @param {any} record @param {string} text @param {number} run */
function viewOf(record, text, run) {
    const { n, at, event: kind = "", message, payload = null, duration_ms: took, href } = record;
    const said = payload === null ? "" : JSON.stringify(payload, null, 2);
    const large = href || said.length > SHOWN_PAYLOAD;
    return {
        n,
        ms: at,
        time: timeOfDay(at),
        kind,
        tone: toneOf(kind),
        message,
        duration: typeof took === "number" ? duration(Math.round(took)) : null,
        payload: said && !large ? said : null,
        large: large ? { href: href ?? `/api/v1/runs/${run}/records/${n}`, size: bytes(record.bytes ?? text.length) } : null,
    };
}

class Timeline {
    /** @param {HTMLElement} root @param {number} run */
    constructor(root, run) {
        this.root = root;
        this.run = run;
        this.list = one(root, ".events");
        this.choice = one(root, "[data-events-kind]");
        this.scroller = one(root, "[data-events-scroll]");
        this.earlier = one(root, "[data-events-earlier]");
        this.later = one(root, "[data-events-later]");
        /** @type {{record: any, text: string}[]} */
        this.fresh = [];
        /** @type {Map<string, number>} how often each kind was said */
        this.kinds = new Map();
        /** Of answers only the one to the last question counts. */
        this.asked = 0;
        this.reading = false;
        /** Whether what is read replaces the list or is put behind it: what arrives meanwhile waits. */
        this.held = false;
        this.frame = 0;
        this.readKinds();
        all(this.list, ".event").forEach(adopt);
    }

    readKinds() {
        for (const option of all(this.choice, "option")) {
            const times = /\(([\d,]+)\)$/.exec(option.textContent);
            if (times) this.kinds.set(option.value, Number(times[1].replaceAll(",", "")));
        }
    }

    toEnd() {
        this.scroller.scrollTop = this.scroller.scrollHeight;
    }

    query(more = {}) {
        const { value } = this.choice;
        return `?${new URLSearchParams({ tab: "events", ...(value && { kind: value }), ...more })}`;
    }

    /** Reads a part of the timeline. @param {string} query @param {boolean} hold @returns {Promise<any>} null when it cannot be had, or is no longer wanted */
    async read(query, hold) {
        const asked = ++this.asked;
        this.reading = true;
        this.held = hold;
        try {
            const { events } = await readJson(`/runs/${this.run}${query}`);
            return asked === this.asked ? events : null;
        } catch (error) {
            if (asked === this.asked) toast(`These events could not be loaded: ${/** @type {Error} */ (error).message}`);
            return null;
        } finally {
            if (asked === this.asked) this.reading = this.held = false;
            this.drawSoon();
        }
    }

    /** Shows one part and nothing else. @param {string} query */
    async show(query) {
        const events = await this.read(query, true);
        if (!events) return;
        const panel = one(render("panel_events", events), "[data-panel]");
        this.list.replaceChildren(...one(panel, ".events").children);
        all(this.list, ".event").forEach(adopt);
        for (const note of all(this.root, "[data-events-empty]")) note.remove();
        this.scroller.prepend(...all(panel, "[data-events-empty]"));
        this.setEnds(events.earlier !== null, events.later !== null);
        this.toEnd();
    }

    /** @param {boolean} earlier @param {boolean} later whether there are more that way */
    setEnds(earlier, later) {
        this.earlier.hidden = !earlier;
        this.later.hidden = !later;
        const { firstElementChild: first, lastElementChild: last } = this.list;
        if (first) one(this.earlier, "a").href = this.query({ before: first.dataset.n });
        if (last) one(this.later, "a").href = this.query({ after: last.dataset.n });
    }

    /** Brings the events before the first one; what the reader sees stays where it is. */
    async goBack() {
        const first = this.list.firstElementChild;
        const events = first && !this.reading && (await this.read(this.query({ before: first.dataset.n }), false));
        if (!events || this.list.firstElementChild !== first) return;
        const { scrollHeight, scrollTop } = this.scroller;
        const items = events.rows.map((/** @type {any} */ row) => adopt(renderOne("event", row)));
        this.list.prepend(...items);
        this.scroller.scrollTop = scrollTop + this.scroller.scrollHeight - scrollHeight;
        const dropped = this.drop("lastElementChild");
        this.setEnds(events.earlier !== null, dropped || !this.later.hidden);
    }

    /** Brings the events behind the last one. */
    async goOn() {
        const last = this.list.lastElementChild;
        const events = last && !this.reading && (await this.read(this.query({ after: last.dataset.n }), true));
        if (!events || this.list.lastElementChild !== last) return;
        this.list.append(...events.rows.map((/** @type {any} */ row) => adopt(renderOne("event", row))));
        const { scrollHeight, scrollTop } = this.scroller;
        const dropped = this.drop("firstElementChild");
        this.scroller.scrollTop = scrollTop + this.scroller.scrollHeight - scrollHeight;
        this.setEnds(dropped || !this.earlier.hidden, events.later !== null);
    }

    /** Lets go of what is too much. @param {"firstElementChild" | "lastElementChild"} end */
    drop(end) {
        const much = this.list.children.length - HELD;
        for (let i = 0; i < much; i++) this.list[end].remove();
        return much > 0;
    }

    scrolled() {
        const { scrollTop, scrollHeight, clientHeight } = this.scroller;
        if (!this.earlier.hidden && scrollTop < NEAR_PX) this.goBack();
        else if (!this.later.hidden && scrollHeight - scrollTop - clientHeight < NEAR_PX) this.goOn();
    }

    /** @param {any} record @param {string} text */
    take(record, text) {
        const kind = record.event ?? "";
        this.countKind(kind);
        if (!this.held && !this.later.hidden) return;
        this.fresh.push({ record, text });
        this.drawSoon();
    }

    drawSoon() {
        if (this.fresh.length > 0 && !this.held) this.frame ||= requestAnimationFrame(() => this.draw());
    }

    /** Whether it is of the chosen kind, and has not come with an answer. @param {{record: any}} fresh */
    isWanted({ record }) {
        const { value } = this.choice;
        return record.n > Number(this.list.lastElementChild?.dataset.n ?? 0) && (!value || value === (record.event ?? ""));
    }

    /** @param {string} kind */
    countKind(kind) {
        const times = (this.kinds.get(kind) ?? 0) + 1;
        this.kinds.set(kind, times);
        if (times === 1 && this.choice.options.length <= KINDS) this.choice.append(el("option", { value: kind }));
        const option = [...this.choice.options].find((o) => o.value === kind);
        if (option) option.textContent = `${kind} (${count(times)})`;
    }

    /** Draws what has arrived, as much as a frame bears; of more than we hold only the newest. */
    draw() {
        this.frame = 0;
        if (this.held) return;
        this.fresh = this.later.hidden ? this.fresh.filter((fresh) => this.isWanted(fresh)) : [];
        if (this.fresh.length === 0) return;
        for (const note of all(this.root, "[data-events-empty]")) note.remove();
        if (this.fresh.length > HELD) {
            this.fresh.splice(0, this.fresh.length - HELD);
            this.list.replaceChildren();
        }
        const atEnd = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 8;
        const until = performance.now() + DRAW_MS;
        let drawn = 0;
        while (drawn < this.fresh.length && performance.now() < until) {
            const { record, text } = this.fresh[drawn++];
            this.list.append(adopt(renderOne("event", viewOf(record, text, this.run))));
        }
        const cleared = this.list.children.length === drawn && drawn === HELD;
        this.fresh.splice(0, drawn);
        const dropped = this.drop("firstElementChild");
        this.setEnds(cleared || dropped || !this.earlier.hidden, false);
        if (atEnd) this.toEnd();
        this.drawSoon();
    }
}

/** The reader's own time. @param {any} item */
function adopt(item) {
    const time = one(item, "[data-ms]");
    time.textContent = timeOfDay(Number(time.dataset.ms));
    return item;
}

/** Fetches a payload that is too large for the list when it is opened. @param {any} details */
async function openPayload(details) {
    const { large } = details.dataset;
    if (!details.open || !large) return;
    delete details.dataset.large;
    const place = one(details, "[data-payload]");
    try {
        const payload = memberText(await readText(large), "payload") ?? "null";
        if (["object", "array"].includes(typeAt(payload))) new Tree(place, payload);
        else place.replaceChildren(payload);
    } catch (error) {
        details.dataset.large = large;
        toast(`This payload could not be loaded: ${/** @type {Error} */ (error).message}`);
    }
}

/** @type {import("./tabs.js").Mount} */
export function mountEvents(root, { run }) {
    const timeline = new Timeline(root, run);
    const onLink = (/** @type {HTMLElement} */ place, /** @type {() => void} */ go) =>
        place.addEventListener("click", (e) => {
            const link = /** @type {Element} */ (e.target).closest("a");
            if (!link) return;
            e.preventDefault();
            if (link.matches("[data-events-newest]")) timeline.show(timeline.query());
            else go();
        });
    onLink(timeline.earlier, () => timeline.goBack());
    onLink(timeline.later, () => timeline.goOn());
    const choose = () => {
        history.replaceState(null, "", timeline.query());
        timeline.show(timeline.query());
    };
    timeline.choice.addEventListener("change", choose);
    if (isFieldTouched(timeline.choice)) choose();
    timeline.scroller.addEventListener("scroll", () => timeline.scrolled(), { passive: true });
    timeline.list.addEventListener("toggle", (/** @type {Event} */ e) => openPayload(e.target), true);
    if (!/[?&](before|after)=/.test(location.search)) timeline.toEnd();
    return { record: (record, text) => record.kind === "event" && timeline.take(record, text) };
}
