/** The SharedWorker: all tabs of this browser share its one connection. */
import { Hub } from "./hub.js";

const hub = new Hub();
addEventListener("connect", (e) => hub.attach(/** @type {MessageEvent} */ (e).ports[0]));
addEventListener("online", () => hub.source.wake());
