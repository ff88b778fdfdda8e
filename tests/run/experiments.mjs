// The shipped experiments, run as a runner would: what they say is right.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const dir = mkdtempSync(join(tmpdir(), "athanor-experiments-"));
after(() => rmSync(dir, { recursive: true, force: true }));

function run(name, program, configuration) {
    const work = join(dir, `${name}-${Math.random().toString(36).slice(2)}`);
    mkdirSync(work);
    const config = join(work, "config.json"), messages = join(work, "messages");
    writeFileSync(config, JSON.stringify(configuration));
    const fd = openSync(messages, "w");
    const r = spawnSync(join(root, "experiments", name, program), [], {
        cwd: work, stdio: ["ignore", "pipe", "pipe", fd], timeout: 200_000, encoding: "utf8",
        env: { PATH: process.env.PATH, HOME: work, ATHANOR_FD: "3", ATHANOR_CONFIG: config },
    });
    closeSync(fd);
    const all = readFileSync(messages, "utf8").split("\n").filter(Boolean).map((l) => JSON.parse(l));
    return { ...r, work, of: (type) => all.filter((m) => m.type === type) };
}

const ising = (more) => ({
    size: 32, algorithm: "wolff", seed: 7,
    temperatures: { from: 1.9, to: 2.7, points: 9 }, sampling: { equilibrate: 200, measure: 1500 }, ...more,
});

for (const algorithm of ["wolff", "metropolis"]) {
    test(`ising by ${algorithm} agrees with Onsager away from the critical point`, () => {
        const r = run("ising", "ising", ising({ algorithm }));
        assert.equal(r.status, 0, r.stderr);
        const rows = r.of("row").map((m) => m.values);
        assert.equal(rows.length, 9);
        for (const row of rows.filter((x) => Math.abs(x.temperature - 2.2692) > 0.15)) {
            // Seven standard errors of a 32 x 32 lattice are about this much.
            assert.ok(row.energy_error < 0.03, `energy at T = ${row.temperature}: ${row.energy_error}`);
            if (row.temperature < 2.1) assert.ok(row.magnetisation_error < 0.01, `magnetisation at T = ${row.temperature}`);
        }
        const tc = r.of("result").find((m) => m.key === "critical_temperature").value;
        assert.ok(Math.abs(tc.exact - 2.269185314213022) < 1e-12);
        // Metropolis is slow near the critical point, and its peak is noisy.
        assert.ok(Math.abs(tc.error) < (algorithm === "wolff" ? 0.12 : 0.25), `estimate ${tc.estimate}`);
        assert.equal(r.of("metric").filter((m) => m.key === "energy").length, 9 * 1700);
        assert.equal(r.of("progress").at(-1).current, 9 * 1700);
    });
}

test("ising with one seed is one history, with another another", () => {
    const few = { temperatures: { from: 2, to: 2.5, points: 2 }, sampling: { equilibrate: 10, measure: 50 } };
    const [a, b, c] = [1, 1, 2].map((seed) => run("ising", "ising", ising({ ...few, seed })).of("metric"));
    assert.deepEqual(a, b);
    assert.notDeepEqual(a, c);
});

test("ising refuses temperatures that do not rise", () => {
    const r = run("ising", "ising", ising({ temperatures: { from: 3, to: 2, points: 5 } }));
    assert.equal(r.status, 1);
    assert.match(r.of("fail")[0].error, /'to' must be above 'from'/);
});

test("compressors packs the corpus, unpacks it and ranks what it measured", () => {
    const r = run("compressors", "compressors.sh",
        { corpus_mb: 2, repeats: 1, effort: "quick", programs: { gzip: true, bzip2: false, xz: true, zstd: true } });
    assert.equal(r.status, 0, r.stderr);
    const rows = r.of("row").map((m) => m.values);
    assert.deepEqual(rows.map((x) => `${x.compressor} ${x.level}`), ["gzip 1", "gzip 6", "xz 0", "xz 6", "zstd 1", "zstd 3"]);
    const facts = Object.fromEntries(r.of("fact").map((m) => [m.key, m.value]));
    assert.equal(facts.corpus_bytes, "2000000");
    for (const row of rows) {
        assert.equal(row.verified, true);
        assert.ok(Math.abs(row.ratio - 2000000 / row.bytes) < 0.001);
        assert.ok(row.pack_mb_s > 0 && row.unpack_mb_s > 0);
    }
    const best = r.of("result").filter((m) => m.key === "best_ratio").at(-1).value;
    assert.equal(best.ratio, Math.max(...rows.map((x) => x.ratio)));
    assert.equal(r.of("progress").at(-1).current, 6);
    assert.equal(r.stdout.trim().split("\n").length, 8);
});

test("compressors fails in words when nothing is chosen", () => {
    const none = { gzip: false, bzip2: false, xz: false, zstd: false };
    const r = run("compressors", "compressors.sh", { corpus_mb: 1, repeats: 1, effort: "quick", programs: none });
    assert.equal(r.status, 1);
    assert.match(r.of("fail")[0].error, /no compressor is chosen/);
});
