// Prints what node's test runner tells as TAP for prove: one line a test, and, for a failure, why (to stderr, so that it is seen in any
// mode). Node's own TAP reporter describes failures in YAML that prove's parser stumbles over.

/** @param {string} text */
const comment = (text) => text.replace(/^/gm, "# ");
const escape = (text) => text.replace(/[\\#]/g, "\\$&").replace(/\s+/g, " ");

function why({ name, details, file, line }) {
    let error = details?.error;
    // What the test threw stands behind node's own wrapper.
    while (error?.cause instanceof Error && error.code === "ERR_TEST_FAILURE") error = error.cause;
    if (error?.code === "ERR_TEST_FAILURE" && error.cause !== undefined) error = error.cause;
    const text = error?.stack ?? error?.message ?? String(error);
    const place = file ? ` (${file}:${line})` : "";
    return comment(`${name}${place}\n${text}`);
}

/** @param {AsyncIterable<{type: string, data: any}>} source */
export default async function* tap(source) {
    yield "TAP version 13\n";
    for await (const { type, data } of source) {
        const indent = "    ".repeat(data?.nesting ?? 0);
        switch (type) {
            case "test:pass":
            case "test:fail": {
                let line = `${indent}${type === "test:fail" ? "not " : ""}ok ${data.testNumber} - ${escape(data.name)}`;
                if (data.skip !== undefined) line += ` # SKIP ${data.skip === true ? "" : data.skip}`;
                else if (data.todo !== undefined) line += ` # TODO ${data.todo === true ? "" : data.todo}`;
                yield `${line}\n`;
                // A parent that fails only because a child did says nothing new.
                const isParent = data.details?.error?.failureType === "subtestsFailed";
                if (type === "test:fail" && !isParent) process.stderr.write(`${why(data)}\n`);
                break;
            }
            case "test:plan":
                yield `${indent}1..${data.count}\n`;
                break;
            case "test:diagnostic":
                yield `${comment(indent + data.message)}\n`;
                break;
            case "test:stdout":
            case "test:stderr":
                process.stderr.write(data.message);
                break;
            default:
                break;
        }
    }
}
