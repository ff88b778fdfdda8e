/** A chosen file goes into the field that it could be pasted into, and is sent, also if it was chosen before this script was there. */
import { one } from "../dom.js";

const MOST_BYTES = 1024 * 1024;

export function startImport() {
    const form = one(document, "[data-import-form]");
    const chosen = form && one(form, "[data-import-file]");
    if (!chosen) return;
    const take = async () => {
        const [file] = chosen.files;
        if (!file) return;
        const fits = file.size <= MOST_BYTES;
        one(form, "[data-import-error]").textContent = fits ? "" : "The file is larger than 1 MiB.";
        if (!fits) return;
        one(form, "textarea").value = await file.text();
        form.requestSubmit();
    };
    chosen.addEventListener("change", take);
    take();
}
