/** The page /data: files that are dropped or chosen are sent one after the other, each with its progress and what became of it. */
import { all, el, icon, one } from "./dom.js";
import { bytes, count } from "./format.js";
import { send } from "./data/send.js";

/**
 * One file on its way: what the list shows of it, and where it is to go.
 * @typedef {object} Upload
 * @property {File} file
 * @property {string} name @property {string} project @property {boolean} replace
 * @property {HTMLElement} item
 */

/** @type {Upload[]} */
const waiting = [];
let busy = false;

/** Reads the list of what there is anew. */
let read = () => {};

/** @param {string} label @param {string} action @param {() => void} go */
const button = (label, action, go) => el("button", { type: "button", class: "btn btn-xs", "data-action": action, on: { click: go } }, label);

/** @param {Upload} upload @param {string} state @param {...(Node | string)} content */
function show({ item, name }, state, ...content) {
    item.dataset.state = state;
    item.replaceChildren(el("b", { class: "upload-name" }, name), ...content);
}

/** @param {string} name iris.csv becomes iris-2.csv, and that iris-3.csv */
function nextName(name) {
    const [, stem, number, ending] = /** @type {RegExpExecArray} */ (/^(.*?)(?:-(\d+))?(\.[^.]*)?$/.exec(name));
    return `${stem}-${Number(number ?? 1) + 1}${ending ?? ""}`;
}

/** @param {Upload} upload @param {Partial<Upload>} [change] */
function again(upload, change = {}) {
    Object.assign(upload, change);
    enqueue(upload);
}

/** @param {Upload} upload @param {number} status @param {string} words */
function showFailure(upload, status, words) {
    if (status === 409) words = `There is a ${upload.name} already.`;
    const ways = [button("Try again", "retry", () => again(upload))];
    if (status === 409) {
        const other = nextName(upload.name);
        ways.splice(0, 1, button("Replace it", "replace", () => again(upload, { replace: true })), button(`Upload as ${other}`, "rename", () => again(upload, { name: other })));
    }
    if (status === 413 || status === 422) ways.length = 0;
    const dismiss = el("button", { type: "button", class: "btn btn-ghost btn-xs btn-square", "aria-label": `Dismiss ${upload.name}`, on: { click: () => upload.item.remove() } }, icon("x"));
    show(upload, "failed", el("span", { class: "upload-error", role: "alert" }, words), ...ways, dismiss);
}

/** @param {Upload} upload @param {any} row */
function showDone(upload, row) {
    const counted = (/** @type {number} */ n, /** @type {string} */ word) => `${count(n)} ${word}${n === 1 ? "" : "s"}`;
    const facts = `${counted(row.rows, "row")}, ${counted(row.column_count, "column")}`;
    show(upload, "done", icon("check"), el("a", { class: "link", href: `/data/${row.id}` }, facts), ...row.notes.map((/** @type {string} */ note) => el("span", { class: "upload-note" }, note)));
}

/** @param {Upload} upload */
async function run(upload) {
    const query = new URLSearchParams();
    if (upload.project) query.set("project", upload.project);
    if (upload.replace) query.set("replace", "1");
    const bar = el("progress", { class: "progress progress-primary", max: upload.file.size, value: 0, "aria-label": `Upload of ${upload.name}` });
    const words = el("span", { class: "upload-words" }, "0 %");
    let whole = false;
    /** @type {(value: null) => void} */
    let stop = () => {};
    const cancelled = new Promise((/** @type {(value: null) => void} */ resolve) => (stop = resolve));
    const { done, cancel } = send(`/api/v1/data-sources/${encodeURIComponent(upload.name)}?${query}`, upload.file, (sent) => {
        bar.value = Math.min(sent, upload.file.size);
        whole = sent >= upload.file.size;
        words.textContent = !whole ? `${Math.floor((100 * sent) / upload.file.size)} % of ${bytes(upload.file.size)}` : "Being stored";
    });
    show(upload, "sending", bar, words, button("Cancel", "cancel-upload", () => (cancel(), stop(null))));
    const answer = await Promise.race([done, cancelled]);
    // Of a file that has left as a whole nobody has told us.
    const kept = whole ? "the list below shows whether it was kept" : "nothing was kept";
    if (answer === null) showFailure(upload, 0, `Cancelled; ${kept}.`);
    else if (answer.status === 200 || answer.status === 201) showDone(upload, answer.json);
    else showFailure(upload, answer.status, answer.json?.detail ?? (answer.status === 0 ? `The connection was cut; ${kept}.` : `The server answered ${answer.status}.`));
    read();
}

async function work() {
    if (busy) return;
    busy = true;
    for (let next = waiting.shift(); next; next = waiting.shift()) await run(next);
    busy = false;
}

/** @param {Upload} upload */
function enqueue(upload) {
    const drop = () => {
        waiting.splice(waiting.indexOf(upload), 1);
        upload.item.remove();
    };
    show(upload, "waiting", el("span", { class: "upload-words" }, "Waiting"), button("Cancel", "cancel-upload", drop));
    waiting.push(upload);
    work();
}

/** @param {HTMLElement} card @param {Iterable<File>} files */
function take(card, files) {
    const project = one(card, "input[name=project]").value.trim();
    for (const file of files) {
        const item = el("li", { class: "upload-item", "data-upload-item": file.name });
        one(card, "[data-uploads]").append(item);
        const upload = { file, name: file.name, project, replace: false, item };
        if (file.size > Number(card.dataset.limit)) showFailure(upload, 413, `The file is larger than ${card.dataset.limitWords}, which is what this site takes.`);
        else if (file.size === 0) showFailure(upload, 422, "The file is empty.");
        else enqueue(upload);
    }
}

/** @param {() => void} readList reads the list of what there is anew */
export function startData(readList) {
    read = readList;
    const card = /** @type {HTMLElement | null} */ (document.querySelector("[data-upload]"));
    if (!card) return;
    const zone = one(card, "[data-drop]");
    const input = one(card, "[data-file]");
    input.multiple = true;
    const takeChosen = () => {
        take(card, [...input.files]);
        input.value = "";
    };
    input.addEventListener("change", takeChosen);
    takeChosen(); // before this script was there
    one(card, "form").addEventListener("submit", (/** @type {Event} */ e) => e.preventDefault());
    for (const name of ["dragenter", "dragover"]) {
        zone.addEventListener(name, (/** @type {DragEvent} */ e) => {
            e.preventDefault();
            zone.dataset.over = "";
        });
    }
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => delete zone.dataset.over);
    zone.addEventListener("drop", (/** @type {DragEvent} */ e) => {
        e.preventDefault();
        take(card, e.dataTransfer?.files ?? []);
    });
    window.addEventListener("beforeunload", (e) => {
        if (all(card, "[data-state=sending], [data-state=waiting]").length > 0) e.preventDefault();
    });
}
