/* Path, query string and Last-Event-ID of any bytes, divided by newlines. What is accepted must be
 * within its limits, and its places must survive being written and read. */
#include "request.h"
#include "strbuf.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct request_text next(const char **at, const char *end)
{
    const char *s = *at;
    const char *newline = s < end ? memchr(s, '\n', (size_t)(end - s)) : NULL;
    const char *stop = newline ? newline : end;
    *at = newline ? newline + 1 : end;
    return (struct request_text){s, (size_t)(stop - s)};
}

static void check(const struct request *r)
{
    struct cursor_run again[CURSOR_RUNS_MAX];
    struct strbuf text = STRBUF_INIT;
    if (r->count < 0 || r->count > CURSOR_RUNS_MAX || r->timeout_s < 0 ||
        r->timeout_s > REQUEST_WAIT_MAX_S)
        die("a request beyond its limits");
    for (int i = 0; i < r->count; i++)
        if (r->runs[i].run < 1 || r->runs[i].at.line < 0 || r->runs[i].at.record < 0)
            die("run %lld at a place that cannot be", (long long)r->runs[i].run);
    cursor_vector_put(&text, r->runs, r->count);
    if (cursor_vector_parse(text.buf, text.len, again, CURSOR_RUNS_MAX, NULL) != r->count)
        die("%s is not read again", text.buf);
    strbuf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"/events", "/runs/7/events", "/api/v1/runs/7/wait"};
    const char *at = (const char *)data, *end = at + size;
    struct request_input in = {.method = {"GET", 3}};
    struct request r;
    struct err e = {0};
    in.path = next(&at, end);
    in.query = next(&at, end);
    in.last_event_id = next(&at, end);
    if (in.path.len == 1)
        in.path = (struct request_text){paths[(uint8_t)in.path.data[0] % 3],
                                        strlen(paths[(uint8_t)in.path.data[0] % 3])};
    int status = request_parse(&in, &r, &e);
    if (status == 0)
        check(&r);
    else if (status < 400 || status > 499 || !e.text[0])
        die("refused as %d without words", status);
    return 0;
}
