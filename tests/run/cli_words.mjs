// The help texts, the manual page and the completions of the client, and its parser, are of one table: here they are compared.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { program } from "../lib/client.mjs";
import { root } from "../lib/stack.mjs";
import { tempDir } from "../lib/tmp.mjs";

const home = tempDir(after);
const env = { PATH: process.env.PATH, HOME: home };

function run(words, { code = 0, command = program } = {}) {
    const said = spawnSync(command, words, { env, encoding: "utf8", timeout: 120_000 });
    assert.equal(said.status, code, `${command} ${words.join(" ")}: ${said.stderr}`);
    return code ? said.stderr : said.stdout;
}

/** The options of a help text: [{names, value}]. */
const optionsOf = (text) =>
    [...text.matchAll(/^ {2}(?:(-\w), | {4})--([\w-]+)(?: ([A-Z]+))?/gm)].map(([, letter, name, value]) => ({ letter, name, value }));

const overview = run(["help"]);
const commands = [.../^Commands:\n((?: {2}.*\n)+)/m.exec(overview)[1].matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
const helps = Object.fromEntries(commands.map((name) => [name, run([name, "--help"])]));
const options = Object.fromEntries(commands.map((name) => [name, optionsOf(helps[name])]));
/** Of an option that has a value, one that it takes. */
function valueOf(name, option) {
    const text = helps[name].slice(helps[name].indexOf(`--${option.name}`));
    return /^[^\n]*\n?[^\n]*\((\w+) \w+[\w ]*\)\n/.exec(text)?.[1] ?? "7";
}

test("the help names the commands of the product, and each explains itself", () => {
    for (const name of "login experiments start list show tail wait cancel promote put get logs search delete help version completion".split(" "))
        assert.ok(commands.includes(name), name);
    for (const name of commands) {
        assert.equal(run(["help", name]), helps[name]);
        assert.match(helps[name], new RegExp(`^usage: athanor ${name}\\b`));
        assert.ok(helps[name].split("\n").filter((line) => !/^ {2}\S*athanor |^ {2}\w+=/.test(line)).every((line) => line.length <= 100), name);
    }
    assert.equal(run([]), overview);
    for (const words of [["--help"], ["-h"], []]) assert.equal(run(words), overview);
});

test("the parser takes every option that the help names, and no other", () => {
    for (const name of commands) {
        assert.ok(options[name].length >= 7, name);
        for (const option of options[name]) {
            const value = option.value ? [valueOf(name, option)] : [];
            run([name, `--${option.name}`, ...value, "--help"]);
            if (option.letter) run([name, option.letter, ...value, "--help"]);
            if (option.value) {
                run([name, `--${option.name}=${value[0]}`, "--help"]);
                assert.match(run([name, `--${option.name}`], { code: 3 }), /needs a value|\bneeds\b/);
            } else {
                assert.match(run([name, `--${option.name}=1`], { code: 3 }), /takes no value/);
            }
        }
    }
    // Each option of the others is offered to some commands that have none of that name.
    const all = [...new Set(Object.values(options).flat().map((option) => option.name))];
    for (const [i, other] of all.entries()) {
        const strangers = commands.filter((name) => !options[name].some((option) => option.name === other));
        for (const name of strangers.filter((_, k) => k % 4 === i % 4)) assert.match(run([name, `--${other}`, "7"], { code: 3 }), /has no option/);
    }
});

test("the manual page has the same commands, options and exit codes, and roff takes it", () => {
    const page = run(["help", "--man"]);
    const bare = page.replaceAll("\\-", "-").replaceAll(/\\f[BRI]/g, "").replaceAll("\\&", "");
    const sections = bare.split(/^\.S[SH] /m);
    for (const name of commands) {
        const section = sections.find((text) => text.startsWith(`"athanor ${name}`));
        assert.ok(section, `${name} stands in the manual`);
        assert.equal(/^"(.*)"\n/.exec(section)[1], /^usage: (.*)\n/.exec(helps[name])[1]);
        const own = optionsOf(helps[name].slice(0, helps[name].indexOf("Options of all commands:")));
        const found = [...section.matchAll(/^\.TP\n(?:(-\w), )?--([\w-]+)(?: ([A-Z]+))?$/gm)].map(([, letter, option, value]) => ({ letter, name: option, value }));
        assert.deepEqual(found, own, name);
    }
    for (const [, code, words] of overview.matchAll(/^ {2}([0-4]) +(.*)$/gm)) assert.ok(bare.includes(`.TP\n${code}\n${words}`), code);
    const file = join(home, "athanor.1");
    writeFileSync(file, page);
    const groff = spawnSync("groff", ["-man", "-Tutf8", "-ww", "-z", file], { encoding: "utf8" });
    assert.deepEqual([groff.status, groff.stderr], [0, ""]);
    assert.equal(readFileSync(join(root, "build/share/man/man1/athanor.1"), "utf8"), page);
});

test("the completions know the same words", () => {
    const bash = join(home, "completion.bash");
    writeFileSync(bash, run(["completion", "bash"]));
    /** What bash offers for the last of the words. */
    const offered = (...words) => {
        const script = `source ${bash}; COMP_WORDS=(${words.map((w) => `'${w}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _athanor; printf '%s\\n' "\${COMPREPLY[@]}"`;
        return run(["--norc", "-c", script], { command: "bash" }).split("\n").filter(Boolean);
    };
    assert.deepEqual(offered("athanor", "").sort(), [...commands].sort());
    assert.deepEqual(offered("athanor", "se"), ["search"]);
    for (const name of commands)
        assert.deepEqual(offered("athanor", name, "-").sort(), options[name].map((option) => `--${option.name}`).sort(), name);
    assert.deepEqual(offered("athanor", "logs", "7", "--level", "w"), ["warn"]);
    assert.deepEqual(offered("athanor", "list", "-s", ""), ["pending", "running", "completed", "failed", "cancelled"]);
    assert.deepEqual(offered("athanor", "help", "wa"), ["wait"]);
    assert.deepEqual(offered("athanor", "completion", ""), ["bash", "zsh"]);

    const zsh = run(["completion", "zsh"]);
    for (const name of commands) {
        assert.match(zsh, new RegExp(`^        '${name}:`, "m"));
        const section = zsh.slice(zsh.indexOf(`\n    ${name})\n`)).split(";;")[0];
        for (const option of options[name]) assert.ok(section.includes(`--${option.name}${option.value ? "=" : ""}`), `${name} --${option.name}`);
    }
    const file = join(home, "_athanor");
    writeFileSync(file, zsh);
    const loaded = run(["-f", "-c", `autoload -U compinit; compinit -u -d ${home}/dump; source ${file}; print $_comps[athanor]`], { command: "zsh" });
    assert.equal(loaded, "_athanor\n");
    for (const [name, text] of [["bash-completion/completions/athanor", readFileSync(bash, "utf8")], ["zsh/site-functions/_athanor", zsh]])
        assert.equal(readFileSync(join(root, "build/share", name), "utf8"), text);
});

test("bash offers no name that it would carry out", () => {
    const bash = join(home, "names.bash"), done = join(home, "carried-out");
    writeFileSync(bash, run(["completion", "bash"]));
    const hostile = [`$(touch\${IFS}${done})`, `\`touch\${IFS}${done}\``, `a;touch\${IFS}${done}`, "{a,b}", "~root", "*", "-x", "a b", "good-name", "size.1", "nightly#3"];
    writeFileSync(join(home, "names"), hostile.map((name) => `${name}\t${name}\n`).join(""));
    for (const name of ["start", "show"]) {
        const script = `athanor() { cat ${join(home, "names")}; }; source ${bash}; COMP_WORDS=(athanor ${name} ''); COMP_CWORD=2; _athanor; printf '%s\\n' "\${COMPREPLY[@]}"`;
        const offered = new Set(run(["--norc", "-c", script], { command: "bash" }).split("\n").filter(Boolean));
        assert.deepEqual([...offered].sort(), ["good-name", "size.1", "nightly#3"].sort());
        assert.equal(existsSync(done), false, name);
    }
});

test("the page of the client has its exit codes", () => {
    const page = readFileSync(join(root, "docs/cli.md"), "utf8");
    for (const [, code, words] of overview.matchAll(/^ {2}([0-4]) +(.*)$/gm)) {
        const row = new RegExp(`^\\| ${code} \\| (.*) \\|$`, "m").exec(page)?.[1] ?? "";
        assert.ok(row.startsWith(words.split(/[:;,]/)[0]), `${code}: ${row}`);
    }
    for (const [, line] of page.matchAll(/^(?:run=\$\()?athanor ([^#\n)]*)/gm)) {
        const [name, ...words] = line.trim().split(/ +/);
        assert.ok(commands.includes(name), line);
        for (const word of words.filter((w) => /^--/.test(w))) assert.ok(options[name].some((option) => `--${option.name}` === word.split("=")[0]), line);
    }
});
