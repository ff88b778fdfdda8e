/** The configuration tab: the snapshot stands still. @type {import("./tabs.js").Mount} */
export function mountConfiguration() {
    return {};
}
