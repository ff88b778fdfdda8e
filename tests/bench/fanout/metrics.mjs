// The relay's own figures, by name.

/** @param {any} site */
export async function relayFigures(site) {
    const { text } = await site.get("/events/metrics");
    return Object.fromEntries([...text.matchAll(/^athanor_events_(\w+) (\d+)$/gm)].map(([, name, value]) => [name, Number(value)]));
}
