// A plain line plot with two logarithmic axes, as SVG.

const [width, height] = [760, 420];
const frame = { left: 70, right: 220, top: 20, bottom: 50 };
const colours = ["#0d9488", "#2563eb", "#d97706", "#dc2626", "#7c3aed", "#059669", "#db2777", "#475569"];

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function axis(values, from, to) {
    const low = Math.floor(Math.log10(Math.min(...values)));
    const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
    const place = (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
    const ticks = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
    return { place, ticks };
}

/** @param {{x: number[], lines: Record<string, number[]>, xLabel: string, yLabel: string}} data */
export function plot({ x, lines, xLabel, yLabel }) {
    const across = axis(x, frame.left, width - frame.right);
    const up = axis(Object.values(lines).flat(), height - frame.bottom, frame.top);
    const text = (at, y, words, more = "") => `<text x="${at.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escape(words)}</text>`;
    const parts = [];
    for (const tick of across.ticks) {
        const at = across.place(tick);
        parts.push(`<path d="M${at} ${frame.top}V${height - frame.bottom}" stroke="#ddd"/>`);
        parts.push(text(at, height - frame.bottom + 18, tick.toLocaleString("en-US"), 'text-anchor="middle"'));
    }
    for (const tick of up.ticks) {
        const at = up.place(tick);
        parts.push(`<path d="M${frame.left} ${at}H${width - frame.right}" stroke="#ddd"/>`);
        parts.push(text(frame.left - 8, at + 4, String(Number(tick.toPrecision(3))), 'text-anchor="end"'));
    }
    parts.push(text((frame.left + width - frame.right) / 2, height - 8, xLabel, 'text-anchor="middle"'));
    parts.push(text(14, frame.top - 6, yLabel));
    Object.entries(lines).forEach(([name, values], i) => {
        const colour = colours[i % colours.length];
        const points = values.map((value, k) => `${across.place(x[k]).toFixed(1)},${up.place(value).toFixed(1)}`);
        parts.push(`<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`);
        parts.push(text(width - frame.right + 12, frame.top + 20 + i * 20, name, `fill="${colour}"`));
    });
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${parts.join("\n")}
</svg>
`;
}
