// Requests to a site, their answers read to the end.

/**
 * @typedef {{status: number, headers: Headers, text: string, json: any}} Answer `json` is null where the answer is none
 */

/**
 * @param {string} base `http://127.0.0.1:PORT`
 * @param {string | null} token the API token that is sent unless a call says otherwise
 */
export function makeClient(base, token) {
    /**
     * @param {string} path
     * @param {RequestInit & {token?: string | null, cookie?: string, body?: any}} [options] `cookie` is sent in
     *     place of the token, with the Origin that a browser would send; a body that is no string goes as JSON
     */
    function request(path, options = {}) {
        const { token: own, cookie, ...init } = options;
        const headers = new Headers(init.headers);
        if (cookie) {
            headers.set("cookie", cookie);
            if (!headers.has("origin")) headers.set("origin", base);
        } else {
            const bearer = own === undefined ? token : own;
            if (bearer) headers.set("authorization", `Bearer ${bearer}`);
        }
        if (init.body instanceof URLSearchParams || typeof init.body === "string" || init.body instanceof Uint8Array) {
            // sent as it is
        } else if (init.body !== undefined && init.body !== null) {
            init.body = JSON.stringify(init.body);
            if (!headers.has("content-type")) headers.set("content-type", "application/json");
        }
        // fetch waits for good when a server is killed at the wrong moment.
        return fetch(base + path, { redirect: "manual", signal: AbortSignal.timeout(120000), ...init, headers });
    }

    /** @returns {Promise<Answer>} */
    async function read(path, options) {
        const response = await request(path, options);
        const text = await response.text();
        const type = response.headers.get("content-type") ?? "";
        let json = null;
        if (/[/+]json\b/.test(type)) json = JSON.parse(text);
        return { status: response.status, headers: response.headers, text, json };
    }

    const verb = (method) => (path, body, options) => read(path, { ...options, method, body });
    return {
        fetch: request,
        read,
        /** @param {string} path */
        get: (path, options) => read(path, options),
        post: verb("POST"),
        put: verb("PUT"),
        delete: (path, options) => read(path, { ...options, method: "DELETE" }),
        /** A form as a browser sends it. */
        form: (path, fields, options) =>
            read(path, { ...options, method: "POST", body: new URLSearchParams(fields) }),
    };
}
