// AutoML on tables that were uploaded: the figures are those of the same rows in scikit-learn's own data sets.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import test, { after } from "node:test";

import { startStack } from "../lib/stack.mjs";
import { until } from "../lib/wait.mjs";

const python = "/usr/bin/python3";
const hasSklearn = spawnSync(python, ["-sBc", "import sklearn"]).status === 0;

/** The rows of a data set as CSV, its target in the column `what`, the first of all. */
const csvOf = (loader, names) => execFileSync(python, ["-sBc", `
import csv, sys, sklearn.datasets as d
s = d.${loader}()
w = csv.writer(sys.stdout)
w.writerow(["what"] + list(s.feature_names))
for row, y in zip(s.data.tolist(), s.target.tolist()):
    w.writerow([${names ? "s.target_names[y]" : "y"}] + row)
`], { encoding: "utf8" });

test("automl on uploaded tables", { skip: hasSklearn ? false : "scikit-learn is not installed: WITH_SKLEARN=1 scripts/setup" }, async (t) => {
    const site = await startStack(after, { without: ["events"] });
    await until("automl is offered", async () => (await site.get("/api/v1/experiments/automl")).json?.available, 60);
    const settings = { plan: "create", folds: 3, seed: 7, classification: { model: "lda" }, regression: { model: "ridge" } };
    const put = async (name, body) => (await site.fetch(`/api/v1/data-sources/${name}`, { method: "PUT", body })).json();
    const runOf = async (configuration) => {
        const made = await site.post("/api/v1/instances", { experiment: "automl", name: "upload", configuration: { ...settings, ...configuration } });
        assert.equal(made.status, 201, made.text);
        const run = (await site.post(`/api/v1/instances/${made.json.id}/runs`, {})).json;
        const row = await until("the run ends", async () => {
            const { json } = await site.get(`/api/v1/runs/${run.id}`);
            return ["completed", "failed", "cancelled"].includes(json.status) && json;
        }, 150);
        const rows = (await site.get(`/api/v1/runs/${run.id}/tables/leaderboard`)).json?.items ?? [];
        return { row, board: rows.map(({ values }) => Object.fromEntries(Object.entries(values).filter(([name]) => !name.startsWith("TT")))), run };
    };

    await t.test("classification, the target being any column", async () => {
        const iris = await put("iris.csv", csvOf("load_iris", true));
        assert.deepEqual([iris.rows, iris.column_count], [150, 5]);
        const [own, uploaded] = await Promise.all([runOf({ data: "sklearn:iris" }), runOf({ data: "iris.csv", target: "what" })]);
        assert.equal(uploaded.row.status, "completed", uploaded.row.error);
        assert.equal(uploaded.board.length, 1);
        assert.deepEqual(uploaded.board, own.board);
        const { json } = await site.get(`/api/v1/runs/${uploaded.run.id}/snapshot`);
        assert.equal(json.facts.data_sha256, iris.sha256, "what was read is what was uploaded");
        assert.deepEqual(json.snapshot.data.map((one) => one.sha256), [iris.sha256]);
        const profile = (await site.get(`/api/v1/runs/${uploaded.run.id}/results`)).json.items.find((one) => one.key === "data").value;
        assert.deepEqual([profile.name, profile.rows, profile.target, profile.classes], ["iris.csv", 150, "what", 3]);
    });

    await t.test("regression", async () => {
        await put("diabetes.csv", csvOf("load_diabetes", false));
        const [own, uploaded] = await Promise.all([runOf({ task: "regression", data: "sklearn:diabetes" }), runOf({ task: "regression", data: "diabetes.csv", target: "what" })]);
        assert.equal(uploaded.row.status, "completed", uploaded.row.error);
        assert.deepEqual(uploaded.board, own.board);
    });

    await t.test("a target that is not there ends the run in words", async () => {
        const { row } = await runOf({ data: "iris.csv", target: "nothing" });
        assert.deepEqual([row.status, row.reason], ["failed", "reported"]);
        assert.match(row.error, /the column nothing is not in the file; it has: what, sepal length/);
        assert.match((await runOf({ data: "sklearn:iris", target: "what" })).row.error, /has its target already/);
    });
});
