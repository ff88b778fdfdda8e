/** Sending a file, with its progress: fetch cannot tell how much has left. */

/**
 * @typedef {object} Answer
 * @property {number} status 0: it could not be sent
 * @property {any} json the row, or the problem
 */

/**
 * @param {string} address @param {File} file
 * @param {(sent: number) => void} onProgress bytes
 * @returns {{done: Promise<Answer>, cancel: () => void}} `done` is never settled once it was cancelled
 */
export function send(address, file, onProgress) {
    const request = new XMLHttpRequest();
    /** @type {Promise<Answer>} */
    const done = new Promise((resolve) => {
        request.upload.addEventListener("progress", (e) => onProgress(e.loaded));
        request.addEventListener("load", () => resolve({ status: request.status, json: read(request.responseText) }));
        request.addEventListener("error", () => resolve({ status: 0, json: null }));
    });
    request.open("PUT", address);
    request.setRequestHeader("content-type", "text/csv");
    request.send(file);
    return { done, cancel: () => request.abort() };
}

/** @param {string} text */
function read(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}
