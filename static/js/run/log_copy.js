/** Copying lines: what is read of them, pieces of a long line joined. */
import { copyText } from "../clipboard.js";
import { count } from "../format.js";
import { toast } from "../toasts.js";
import { readAnsi } from "./ansi.js";
import { readElement } from "./log_element.js";

const MAX_LINES = 50_000;
const MAX_CHARS = 20_000_000;

/** @param {{get: (i: number) => import("./log_element.js").Line | undefined, read: (first: number, limit: number) => Promise<import("./log_element.js").Line[]>}} source
 * @param {number} from @param {number} to */
async function textOf(source, from, to) {
    let text = "";
    for (let i = from; i <= to && text.length < MAX_CHARS; ) {
        const known = source.get(i);
        const lines = known ? [known] : await source.read(i, to - i + 1);
        if (lines.length === 0) break;
        for (const { raw } of lines) {
            const parts = readElement(raw);
            text += readAnsi(parts.text).text + (parts.continued ? "" : "\n");
        }
        i += lines.length;
    }
    return text;
}

/** @param {Parameters<typeof textOf>[0]} source @param {number} from @param {number} to */
export async function copyLines(source, from, to) {
    const lines = to - from + 1;
    if (lines > MAX_LINES) {
        toast(`${count(lines)} lines are too many to copy: download the log`);
        return;
    }
    try {
        const done = await copyText(await textOf(source, from, to));
        toast(done ? `${count(lines)} ${lines === 1 ? "line" : "lines"} copied` : "The browser did not allow it");
    } catch (error) {
        toast(`The lines could not be read: ${/** @type {Error} */ (error).message}`);
    }
}
