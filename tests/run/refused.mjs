// What is said when the database refuses something: a schema file, or a request.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { addExperiment } from "../lib/rows.mjs";
import { root, startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";

const site = await startStack(after, { without: ["runner", "events"] });

function migrate(t, files) {
    const schema = join(tempDir(t), "a folder", "schema");
    mkdirSync(schema, { recursive: true });
    cpSync(join(root, "sql/schema"), schema, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(schema, name), text);
    return spawnSync(join(root, "scripts/migrate"), ["--config", join(site.state, "athanor.ini")], {
        encoding: "utf8", env: { ...process.env, ATHANOR_SCHEMA: schema }, timeout: 60_000,
    });
}

test("a step that fails says why in its last line, and nothing of it is kept", async (t) => {
    const { status, stdout, stderr } = migrate(t, {
        "900_good.sql": "CREATE TABLE good (id int);\n",
        "901_bad.sql": "CREATE TABLE half (id int);\n\nINSERT INTO nowhere VALUES ('a secret');\n",
    });
    assert.equal(status, 1);
    assert.match(stdout, /migrate: 901_bad\.sql\n$/);
    assert.equal(stderr.trim().split("\n").at(-1), 'migrate: 901_bad.sql, line 3: relation "nowhere" does not exist');
    assert.doesNotMatch(stderr, /a secret|psql/);
    assert.deepEqual(await site.sql("SELECT to_regclass('good') IS NOT NULL AS good, to_regclass('half') IS NOT NULL AS half"), [{ good: true, half: false }]);
});

test("what requests are refused for is not a fault of the database", async () => {
    await addExperiment(site, "plain", []);
    const made = await site.post("/api/v1/instances", { experiment: "plain", name: "n" });
    const { json } = await site.post(`/api/v1/instances/${made.json.id}/runs`);
    assert.equal((await site.delete(`/api/v1/runs/${json.id}`)).status, 409);
    assert.equal((await site.post("/api/v1/runs/999999/cancel")).status, 404);
    assert.equal((await site.delete(`/api/v1/instances/${made.json.id}`)).status, 409);
    assert.doesNotMatch(site.output() + site.log("postgres"), /cancel it first|there is no run 999999|cancel them first/);
});
