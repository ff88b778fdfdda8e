// How a database is brought to a version: what is said when a step fails, and what is made anew.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";

import { root, startStack } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";

const site = await startStack(after, { without: ["runner", "events"] });

/** Migrates the site's database with the project's SQL and these files beside it. */
function migrate(t, files) {
    const sql = join(tempDir(t), "a folder's");
    cpSync(join(root, "sql"), sql, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(sql, name), text);
    return spawnSync(join(root, "scripts/migrate"), ["--config", join(site.state, "athanor.ini")], {
        encoding: "utf8", env: { ...process.env, ATHANOR_SCHEMA: join(sql, "schema") }, timeout: 120_000,
    });
}

test("a step that fails says why in its last line, and nothing of it is kept", async (t) => {
    const { status, stdout, stderr } = migrate(t, {
        "schema/900_good.sql": "CREATE TABLE good (id int);\n",
        "schema/901_bad.sql": "CREATE TABLE half (id int);\n\nINSERT INTO nowhere VALUES ('a secret');\n",
    });
    assert.equal(status, 1);
    assert.match(stdout, /migrate: 901_bad\.sql\n$/);
    assert.equal(stderr.trim().split("\n").at(-1), 'migrate: 901_bad.sql, line 3: relation "nowhere" does not exist');
    assert.doesNotMatch(stderr, /a secret|psql/);
    assert.deepEqual(await site.sql("SELECT to_regclass('good') IS NOT NULL AS good, to_regclass('half') IS NOT NULL AS half"), [{ good: true, half: false }]);
});

/** What the database says to a query of one column and one row; the error's text if it has one. */
const asked = (query) => site.sql(query).then((rows) => rows[0].said, (error) => error.message);

test("functions and views are made anew when one of them changes, and only then", async (t) => {
    const file = (says) => ({
        "functions/a_first.sql": `CREATE FUNCTION first_said(n int) RETURNS text LANGUAGE sql AS 'SELECT later_said() || n';\n`,
        "functions/b_later.sql": `CREATE FUNCTION later_said() RETURNS text LANGUAGE sql AS $$ SELECT '${says}' $$;\n`,
        "views/said.sql": "CREATE VIEW said AS SELECT first_said(1) AS said;\n",
        "schema/900_good.sql": "CREATE TABLE good (id int);\n",
    });
    assert.equal(migrate(t, file("one")).stdout, "migrate: functions and views\n");
    assert.equal(await asked("SELECT said FROM said"), "one1");
    assert.equal(migrate(t, file("one")).stdout, "");
    assert.equal(migrate(t, file("two")).stdout, "migrate: functions and views\n");
    assert.equal(await asked("SELECT said FROM said"), "two1");
    assert.equal(migrate(t, { "schema/900_good.sql": file("")["schema/900_good.sql"] }).status, 0);
    assert.match(await asked("SELECT said FROM said"), /does not exist/);
    assert.match(await asked("SELECT later_said() AS said"), /does not exist/);
    assert.equal(await asked("SELECT fmt_count(1234) AS said"), "1,234");
});

test("a function that refers to nothing keeps the old ones in place", async (t) => {
    const { status, stderr } = migrate(t, {
        "schema/900_good.sql": "CREATE TABLE good (id int);\n",
        "functions/bad.sql": "CREATE FUNCTION bad() RETURNS text LANGUAGE sql AS 'SELECT nothing()';\n",
    });
    assert.equal(status, 1);
    assert.match(stderr, /function nothing\(\) does not exist/);
    assert.equal(await asked("SELECT fmt_count(1234) AS said"), "1,234");
});
