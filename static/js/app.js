/** Every page's beginning: what all pages have, then what this one is. */
import { startClock, setClock } from "./clock.js";
import { startConfirmations } from "./confirm.js";
import { startConnection } from "./connection.js";
import { startCopying } from "./copying.js";
import { startDialogs } from "./dialogs.js";
import { startData } from "./data.js";
import { one } from "./dom.js";
import { startEndings } from "./endings.js";
import { startForm } from "./form.js";
import { startFormDialogs } from "./form_dialog.js";
import { startChoices, startLists } from "./lists.js";
import { startMenus } from "./menus.js";
import { startOnce } from "./once.js";
import { startRun } from "./run/page.js";
import { startShortcuts } from "./shortcuts.js";
import { stream } from "./stream/client.js";
import { startTheme } from "./theme.js";

const { page = "", now, user, static: prefix } = document.body.dataset;

startClock(Number(now));
startMenus();
startTheme();
startDialogs();
startShortcuts();
startChoices();
startConfirmations();
startCopying();
startFormDialogs();
startOnce();

if (user) {
    const runPage = one(document, ".run-page");
    stream.on("ping", (ping) => setClock(ping.now));
    if (["experiments", "instance", "runs", "runners", "pipelines"].includes(page)) startLists(page);
    if (page === "data") startData(startLists(page));
    if (["new", "edit"].includes(page)) startForm();
    if (runPage) startRun(runPage);
    startConnection();
    startEndings(Number(now), runPage ? Number(runPage.dataset.run) : null);
    stream.start(`${prefix}/js/worker.js`);
}
