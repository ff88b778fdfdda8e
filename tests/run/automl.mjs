// The AutoML experiment in a real site: its figures are scikit-learn's own, its fits end when told to, its runs repeat.

import test, { after } from "node:test";
import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { startRunner } from "../lib/runs.mjs";
import { root } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";
import { until } from "../lib/wait.mjs";

const python = "/usr/bin/python3";
const hasSklearn = spawnSync(python, ["-sBc", "import sklearn"]).status === 0;
const folds = 3, seed = 7;
const CLASSIFIERS = ["lr", "ridge", "sgd", "lda", "qda", "nb", "bnb", "knn", "svm", "dt", "bag", "rf", "et", "ada", "gbc", "hgb", "rbfsvm", "mlp", "gpc"];
const REGRESSORS = ["lr", "ridge", "lasso", "en", "lar", "llar", "omp", "br", "huber", "par", "knn", "dt", "rf", "et", "ada", "gbr", "hgb", "svm", "kr", "mlp"];
const models = (ids) => ids.map((model) => ({ model }));

const reference = async (task) =>
    JSON.parse((await promisify(execFile)(python, ["-sB", join(root, "tests/lib/automl/reference.py"), task, folds, seed].map(String))).stdout);

const rowsOf = (records, table) => records.filter((r) => r.kind === "row" && r.table === table).map((r) => r.values);
const eventsOf = (records, kind) => records.filter((r) => r.kind === "event" && r.event === kind);
const withoutTimes = (row) => Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith("TT")));

function assertSame(rows, expected) {
    assert.deepEqual(rows.map((row) => row.ID).sort(), Object.keys(expected).sort());
    for (const row of rows) {
        for (const [name, [mean, deviation]] of Object.entries(expected[row.ID])) {
            assert.equal(row[name], mean, `${row.ID}: ${name}`);
            assert.equal(row[`${name} SD`], deviation, `${row.ID}: deviation of ${name}`);
        }
        assert.ok(row["TT (sec)"] > 0 && row["TT (sec) SD"] >= 0);
    }
}

test("automl", { skip: hasSklearn ? false : "scikit-learn is not installed: WITH_SKLEARN=1 scripts/setup" }, async (t) => {
    const site = await startRunner(after);
    cpSync(join(root, "sdk/python"), join(site.folder, "../sdk/python"), { recursive: true });
    cpSync(join(root, "experiments/automl"), join(site.folder, "automl"), { recursive: true });
    const manifest = await until("automl is offered", async () => {
        const [row] = await site.sql("SELECT manifest, error FROM experiments WHERE name = 'automl'");
        if (row?.error) throw new Error(row.error);
        return row?.manifest;
    }, 60);
    const classification = { plan: "compare", data: "sklearn:iris", folds, seed, classification: { compare: models(CLASSIFIERS) } };
    const instance = await site.makeInstance("automl", classification);
    const finish = async (id) => {
        const row = await site.waitForEnd(id, 150);
        assert.equal(row.status, "completed", row.error);
        return site.records(id);
    };
    const kept = (records, name) => {
        const { sha256 } = records.find((r) => r.kind === "artifact" && r.name === name);
        return join(site.state, "artifacts", sha256.slice(0, 2), sha256.slice(2));
    };

    await t.test("offers 19 classifiers and 20 regressors", () => {
        for (const [task, ids] of [["classification", CLASSIFIERS], ["regression", REGRESSORS]]) {
            const { fields } = manifest.configuration.find((f) => f.name === task);
            assert.deepEqual(fields.find((f) => f.name === "model").options.map((o) => o.value), ids);
        }
        assert.equal(CLASSIFIERS.length, 19);
        assert.ok(REGRESSORS.length >= 12);
    });

    await t.test("every figure on iris is that of cross_validate, and a second run repeats them", async () => {
        const id = await site.startRun("automl", null, { instance });
        const [records, expected] = await Promise.all([finish(id), reference("classification")]);
        const rows = rowsOf(records, "leaderboard");
        assertSame(rows, expected);
        assert.deepEqual(Object.keys(rows[0]).slice(0, 10), ["Model", "ID", "Accuracy", "AUC", "Recall", "Prec.", "F1", "Kappa", "MCC", "TT (sec)"]);

        const best = records.filter((r) => r.kind === "result" && r.key === "best").at(-1).value;
        assert.equal(best.Accuracy, Math.max(...rows.map((row) => row.Accuracy)));
        assert.deepEqual(eventsOf(records, "model.compared").map((r) => r.payload.model), CLASSIFIERS);
        assert.ok(eventsOf(records, "model.compared").every((r) => r.duration_ms > 0));
        assert.equal(eventsOf(records, "experiment.started").length, 1);
        for (const kind of ["data.loaded", "data.split", "model.finalized", "plots.drawn", "experiment.finished"]) {
            const [event, ...more] = eventsOf(records, kind);
            assert.ok(event?.duration_ms > 0 && more.length === 0, kind);
        }
        // Rows stream: each model's row is said before the next model begins.
        const told = records.filter((r) => r.kind === "row" || /^model\.compare/.test(r.event)).map((r) => (r.kind === "row" ? `row ${r.values.ID}` : `${r.event} ${r.payload.model}`));
        assert.deepEqual(told, CLASSIFIERS.flatMap((id) => [`model.compare.started ${id}`, `row ${id}`, `model.compared ${id}`]));
        const facts = Object.fromEntries(records.filter((r) => r.kind === "fact").map((r) => [r.key, r.value]));
        for (const name of ["python", "scikit-learn", "numpy", "scipy"]) assert.match(String(facts[name]), /^\d+\.\d+/);
        assert.equal(facts.seed, seed);
        assert.match(facts.data_sha256, /^[0-9a-f]{64}$/);
        for (const [name, type] of [["confusion_matrix.svg", "image/svg+xml"], ["roc.svg", "image/svg+xml"]]) {
            assert.equal(records.find((r) => r.kind === "artifact" && r.name === name).media_type, type);
            assert.match(readFileSync(kept(records, name), "utf8"), /^<svg [^]*<\/svg>\n$/);
        }

        const again = rowsOf(await finish(await site.startRun("automl", null, { instance })), "leaderboard");
        assert.deepEqual(again.map(withoutTimes), rows.map(withoutTimes));
    });

    await t.test("so are those of the regressors, with two models at a time", async () => {
        const configuration = { plan: "compare", task: "regression", data: "sklearn:diabetes", folds, seed, jobs: 2, regression: { compare: models(REGRESSORS), best_by: "MAE" } };
        const id = await site.startRun("automl", configuration);
        const records = await finish(id);
        const rows = rowsOf(records, "leaderboard");
        assertSame(rows, await reference("regression"));
        const best = records.filter((r) => r.kind === "result" && r.key === "best").at(-1).value;
        assert.equal(best.MAE, Math.min(...rows.map((row) => row.MAE)));
        const names = records.filter((r) => r.kind === "artifact").map((r) => r.name);
        assert.deepEqual(names.sort(), [`${best.id}/pipeline.pkl`, "predictions.svg", "residuals.svg"].sort());
    });

    await t.test("create tells each fold, and keeps a pipeline that predicts", async () => {
        const id = await site.startRun("automl", { plan: "create", data: "sklearn:iris", folds, seed, classification: { model: "lda" } });
        const records = await finish(id);
        const perFold = rowsOf(records, "folds");
        assert.deepEqual(perFold.map((row) => row.Fold), [1, 2, 3]);
        const [row] = rowsOf(records, "leaderboard");
        const mean = perFold.reduce((sum, fold) => sum + fold.F1, 0) / folds;
        assert.ok(Math.abs(row.F1 - mean) < 1e-12);
        const points = records.filter((r) => r.kind === "metrics").flatMap((r) => r.points);
        assert.deepEqual(points.filter(([key]) => key === "MCC").map(([, step, value]) => [step, value]), perFold.map((fold) => [fold.Fold, fold.MCC]));
        assert.equal(eventsOf(records, "model.create.started").length, 1);
        assert.equal(eventsOf(records, "model.created")[0].payload.F1, row.F1);
        assert.ok(eventsOf(records, "model.created")[0].duration_ms > 0);

        const program = "import pickle, sys; from sklearn.datasets import load_iris; X, y = load_iris(return_X_y=True); " +
            "print(pickle.load(open(sys.argv[1], 'rb')).score(X, y))";
        assert.ok(Number(execFileSync(python, ["-sBc", program, kept(records, "lda/pipeline.pkl")], { encoding: "utf8" })) > 0.95);
    });

    await t.test("setup describes the columns and gives the baseline", async () => {
        const records = await finish(await site.startRun("automl", { plan: "setup", data: "sklearn:wine", folds, seed }));
        assert.equal(rowsOf(records, "columns").length, 13);
        assert.deepEqual(rowsOf(records, "classes").map((row) => row.rows), [59, 71, 48]);
        assert.ok(records.find((r) => r.kind === "result" && r.key === "baseline").value.Accuracy < 0.45);
    });

    await t.test("a comparison of 15 models is cancelled in the middle of a fit, and its rows stay", async () => {
        const chosen = ["lr", "ridge", "sgd", "lda", "gpc", ...CLASSIFIERS.slice(4, 14)];
        assert.equal(new Set(chosen).size, 15);
        const id = await site.startRun("automl", { plan: "compare", data: "sklearn:digits", folds, seed, classification: { compare: models(chosen) } });
        const started = () => site.records(id).then((records) => eventsOf(records, "model.compare.started").some((r) => r.payload.model === "gpc"));
        await until("the long fit has begun", started, 150);
        const began = Date.now();
        await site.cancel(id);
        const row = await site.waitForEnd(id, 30);
        const took = (Date.now() - began) / 1000;
        t.diagnostic(`ended ${took.toFixed(2)} s after the cancel`);
        assert.ok(took < 6, `${took} s`); // promised: 2 s
        assert.equal(row.status, "cancelled");
        const records = await site.records(id);
        assert.deepEqual(rowsOf(records, "leaderboard").map((r) => r.ID), ["lr", "ridge", "sgd", "lda"]);
        assert.equal(eventsOf(records, "experiment.finished")[0].payload.status, "cancelled");
        assert.equal(eventsOf(records, "model.failed").length, 0, "what is cancelled has not failed");
        assert.equal(eventsOf(records, "athanor.killed").length, 0, "it left by itself");
        assert.deepEqual(site.processes(id), []);
    });

    await t.test("data that do not suit the task fail in words", async () => {
        const id = await site.startRun("automl", { plan: "compare", task: "regression", data: "sklearn:iris" });
        const row = await site.waitForEnd(id, 150);
        assert.equal(row.reason, "reported");
        assert.match(row.error, /sklearn:iris is for classification/);
    });

    await t.test("reads a CSV file with texts and holes", () => {
        const dir = tempDir(after);
        const colours = ["red", "green", "blue"];
        const lines = Array.from({ length: 60 }, (_, i) => [i % 7 === 0 ? "" : colours[i % 3], i % 5 === 0 ? "NA" : i, (i * 37) % 11, i % 3 === 0 ? "yes, please" : "no"]);
        const csv = [["colour", "n", "noise", "answer"], ...lines].map((row) => row.map((v) => `"${v}"`).join(";")).join("\r\n");
        writeFileSync(join(dir, "data.csv"), `\ufeff${csv}`);
        const run = (more) => {
            const work = join(dir, String(Math.random()));
            mkdirSync(work);
            writeFileSync(join(work, "config.json"), JSON.stringify({ plan: "compare", folds: 3, data: { path: join(dir, "data.csv") }, ...more }));
            const fd = openSync(join(work, "messages"), "w");
            const { status, stderr } = spawnSync(python, ["-sB", join(root, "experiments/automl/automl.py")], {
                cwd: work, stdio: ["ignore", "ignore", "pipe", fd], encoding: "utf8", env: { ATHANOR_FD: "3", ATHANOR_CONFIG: join(work, "config.json") },
            });
            closeSync(fd);
            const said = readFileSync(join(work, "messages"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
            return { status, stderr, rows: said.filter((m) => m.type === "row").map((m) => m.values), fail: said.find((m) => m.type === "fail")?.error };
        };
        const good = run({ classification: { compare: models(["dt", "lr"]) } });
        assert.equal(good.status, 0, good.stderr);
        assert.ok(good.rows.find((row) => row.ID === "dt").Accuracy > 0.7); // red says yes, where the colour is known
        const number = run({ task: "regression", target: "n", regression: { compare: models(["ridge"]) } });
        assert.equal(number.status, 0, number.stderr);
        assert.match(run({ target: "size" }).fail, /size is not in the file; it has: colour, n, noise, answer/);
        assert.match(run({ task: "regression" }).fail, /answer holds texts; a regression needs numbers/);
    });
});
