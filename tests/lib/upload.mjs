// Uploads of any size that the test makes as it goes, and the memory that they cost the site.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";

import { allProcesses } from "./proc.mjs";

/**
 * Uploads a table of about that many bytes.
 * @returns {Promise<{rows: number, bytes: number, sha256: string, answer: any, seconds: number}>}
 */
export async function uploadRows(site, name, bytes) {
    const hash = createHash("sha256");
    const head = "id,value,label,day\n";
    const row = "1234567,0.12345678,\"label, quoted\",2026-01-31\n";
    const block = Buffer.from(row.repeat(Math.floor((1 << 20) / row.length)));
    const blocks = Math.ceil((bytes - head.length) / block.length);
    const length = head.length + blocks * block.length;
    const began = performance.now();
    const answer = await new Promise((resolve, reject) => {
        const sending = request(`${site.url}/api/v1/data-sources/${name}`, { method: "PUT", headers: { authorization: `Bearer ${site.token}`, "content-length": length } }, (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (data) => (text += data)).on("end", () => resolve(JSON.parse(text)));
        });
        sending.on("error", reject);
        const send = async () => {
            for (let i = -1; i < blocks; i++) {
                const part = i < 0 ? Buffer.from(head) : block;
                hash.update(part);
                if (!sending.write(part)) await new Promise((drained) => sending.once("drain", drained));
            }
            sending.end();
        };
        send();
    });
    return { rows: blocks * (block.length / row.length), bytes: length, sha256: hash.digest("hex"), answer, seconds: (performance.now() - began) / 1000 };
}

/** The most memory that any process of a program has ever had, in MiB: of itself or of its workers. */
export async function peakOf(site, program) {
    const top = await site.pid(program);
    const peak = (pid) => {
        try {
            return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
        } catch {
            return 0; // a worker has ended meanwhile
        }
    };
    return Math.max(...allProcesses().filter(({ pid, parent }) => pid === top || parent === top).map(({ pid }) => peak(pid)));
}
