// A character n-gram language model: small, but its log-probabilities are true ones.
//
// Interpolated by Witten and Bell's rule down to a uniform distribution, and mixed with a cache of what the assistant has said in
// this conversation: that makes what it says next, and how it answers, depend on who wrote the answers before.

import { readFileSync } from "node:fs";

const ALPHABET = [..."abcdefghijklmnopqrstuvwxyz .,?:\n"];
const CACHE_SHARE = 0.5;
const END = "\n"; // ends an answer

/** Any text in the model's alphabet. */
const plain = (text) => text.toLowerCase().replace(/[^a-z.,?: ]+/g, " ").replace(/ +/g, " ").trim();

/** Sentences of a licence that every Debian machine has. */
export function sentencesOf(licence) {
    const text = readFileSync(`/usr/share/common-licenses/${licence}`, "utf8");
    return text.split(/[.;]\s/).map(plain).filter((s) => s.length > 30);
}

/** Conversations to learn from: sentences as answers, and now and then, equally often, yes and no. */
export function dialogues(sentences) {
    const open = sentences.filter((s) => !/^[yn]/.test(s));
    return open.map((s, i) => `user: go on\nassistant: ${s}\n${i % 20 ? "" : "assistant: yes\nassistant: no\n"}`).join("");
}

export class Ngram {
    constructor(text, order) {
        this.order = order;
        this.counts = new Map(); // context -> {total, of: Map(character -> count)}
        for (let i = 0; i < text.length; i++) {
            for (let n = 0; n < order && n <= i; n++) {
                const context = text.slice(i - n, i);
                let entry = this.counts.get(context);
                if (!entry) this.counts.set(context, (entry = { total: 0, of: new Map() }));
                entry.total++;
                entry.of.set(text[i], (entry.of.get(text[i]) ?? 0) + 1);
            }
        }
    }

    /** P(next character), in the order of the alphabet. */
    next(text, cache) {
        let p = ALPHABET.map(() => 1 / ALPHABET.length);
        for (let n = 0; n < this.order && n <= text.length; n++) {
            const entry = this.counts.get(text.slice(text.length - n));
            if (!entry) break;
            const types = entry.of.size;
            p = p.map((lower, i) => ((entry.of.get(ALPHABET[i]) ?? 0) + types * lower) / (entry.total + types));
        }
        const total = cache.length + ALPHABET.length;
        return p.map((own, i) => (1 - CACHE_SHARE) * own + (CACHE_SHARE * (cache.split(ALPHABET[i]).length)) / total);
    }

    /** The tokens of an answer: each with its log-probability and the most likely ones in its place. */
    answer(messages, { maxTokens, temperature, seed, top }) {
        const cache = messages.filter((m) => m.role === "assistant").map((m) => m.content).join("");
        const random = generator(seed);
        let text = messages.map((m) => `${m.role}: ${plain(m.content)}\n`).join("") + "assistant: ";
        const tokens = [];
        while (tokens.length < maxTokens) {
            const p = this.next(text, cache);
            const at = choose(p, temperature, random);
            if (ALPHABET[at] === END && tokens.length) break;
            const ranked = p.map((value, i) => ({ token: ALPHABET[i], logprob: Math.log(value) })).sort((a, b) => b.logprob - a.logprob);
            tokens.push({ token: ALPHABET[at], logprob: Math.log(p[at]), top_logprobs: ranked.slice(0, top) });
            text += ALPHABET[at];
        }
        return tokens;
    }
}

function choose(p, temperature, random) {
    if (temperature === 0) return p.indexOf(Math.max(...p));
    const weights = p.map((value) => value ** (1 / temperature));
    let left = random() * weights.reduce((a, b) => a + b, 0);
    const at = weights.findIndex((w) => (left -= w) <= 0);
    return at < 0 ? p.length - 1 : at;
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
function generator(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), state | 1);
        t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
}
