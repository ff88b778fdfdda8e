// An experiment that says something of every kind; with `hold` it stays until it is ended.

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { writeExperiment } from "./runs.mjs";
import { tempDir } from "./tmp.mjs";

const script = String.raw`
say() { printf '%s\n' "$1" >&3; }
say '{"type":"fact","key":"made","value":"here"}'
for i in $(seq 300); do echo "line number $i"; done
say '{"type":"log","level":"warn","message":"Careful: thin ice","metadata":{"depth":1}}'
say '{"type":"log","level":"error","message":"nothing to worry about"}'
say '{"type":"result","key":"accuracy","value":0.5}'
say '{"type":"result","key":"accuracy","value":0.75}'
say "{\"type\":\"result\",\"key\":\"large\",\"value\":\"$(head -c 70000 /dev/zero | tr '\0' x)\"}"
for i in $(seq 0 49); do say "{\"type\":\"metric\",\"key\":\"loss\",\"step\":$i,\"value\":$((50 - i))}"; done
say '{"type":"row","table":"leaderboard","values":{"model":"a","score":0.9}}'
say '{"type":"row","table":"leaderboard","values":{"model":"b","score":0.8}}'
say '{"type":"event","kind":"model.fitted","message":"done","payload":{"n":1}}'
printf 'täglich %.0s' $(seq 1000) >words.txt
head -c 1000 /dev/zero >zeros.bin
say '{"type":"artifact","path":"words.txt","name":"words.txt"}'
say '{"type":"artifact","path":"zeros.bin","name":"zeros.bin"}'
if grep -q '"hold":true' "$ATHANOR_CONFIG"; then
    trap 'exit 0' TERM
    while :; do sleep 0.1; done
fi
`;

/** A folder of experiments that holds this one, `talker`. */
export function talkerFolder(t) {
    const folder = join(tempDir(t), "experiments");
    mkdirSync(folder);
    writeExperiment(folder, "talker", script, {
        title: "Talker",
        grace_s: 1,
        configuration: [
            { name: "size", type: "integer", default: 64, min: 8, max: 512, step: 8, required: true },
            { name: "algorithm", type: "enum", options: ["metropolis", "wolff"], default: "wolff" },
            { name: "hold", type: "boolean", default: false },
        ],
    });
    return folder;
}
