#include "mcp_read.h"

#include "json.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- logs ---- */

struct page {
    struct mcp_call *m;
    struct strbuf lines; /* each as an object, a comma behind it */
    struct strbuf text;
    int64_t first, last; /* 0: none yet */
    bool full;
};

static const char *word(const char *const *words, size_t count, const json_t *index)
{
    size_t i = (size_t)json_integer_value(index); /* absent: the first */
    return words[i < count ? i : 0];
}

static void put_time(struct strbuf *out, int64_t ms)
{
    char text[32];
    struct tm tm;
    time_t s = (time_t)(ms / 1000);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", gmtime_r(&s, &tm));
    strbuf_addf(out, "%s.%03dZ", text, (int)(ms % 1000));
}

/* Adds [ms, level, text, source, metadata, flags], or drops it where the page is full. */
static void add_line(struct page *p, int64_t n, const json_t *line, size_t at)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    static const char *const sources[] = {"stdout", "stderr", "message"};
    const char *level = word(levels, ARRAY_LEN(levels), json_array_get(line, at + 1));
    const char *text = json_string_value(json_array_get(line, at + 2));
    const json_t *metadata = json_array_get(line, at + 4);
    if (p->full || (p->first && p->lines.len + strlen(text) > MCP_READ_LOG_BYTES)) {
        p->full = true;
        return;
    }
    p->first = p->first ? p->first : n;
    p->last = n;
    strbuf_addf(&p->lines, "{\"line\":%lld,\"time\":\"", (long long)n);
    put_time(&p->lines, json_integer_value(json_array_get(line, at)));
    strbuf_addf(&p->lines, "\",\"level\":\"%s\",\"source\":\"%s\",\"text\":", level,
                word(sources, ARRAY_LEN(sources), json_array_get(line, at + 3)));
    json_put_cstring(&p->lines, text);
    if (json_is_object(metadata)) {
        strbuf_adds(&p->lines, ",\"metadata\":");
        json_put_value(&p->lines, metadata);
    }
    if (json_integer_value(json_array_get(line, at + 5)) & 1)
        strbuf_adds(&p->lines, ",\"continued\":true");
    strbuf_adds(&p->lines, "},");
    strbuf_addf(&p->text, "%lld %s %s\n", (long long)n, level, text);
}

static void add_lines(struct page *p, const json_t *answer)
{
    size_t i, k;
    const json_t *chunk, *line;
    json_array_foreach(json_object_get(answer, "lines"), i, line)
    {
        add_line(p, json_integer_value(json_array_get(line, 0)), line, 1);
    }
    json_array_foreach(json_object_get(answer, "chunks"), i, chunk)
    {
        int64_t first = json_get_int(chunk, "first", 1);
        json_array_foreach(json_object_get(chunk, "lines"), k, line)
        {
            add_line(p, first + (int64_t)k, line, 0);
        }
    }
}

/* How to go on, which is `after` or `before`; going back, a page that was too large begins again
 * with fewer lines. */
static void put_log_page(struct page *p, const json_t *answer, bool back)
{
    struct strbuf *out = &p->m->result;
    const json_t *next = json_object_get(answer, "next");
    int64_t total = json_get_int(answer, "total", 0);
    strbuf_addf(out, "{\"total\":%lld,\"lines\":[", (long long)total);
    strbuf_add(out, p->lines.buf, p->lines.len ? p->lines.len - 1 : 0);
    strbuf_adds(out, "],\"next\":");
    if (!back && p->full)
        strbuf_addf(out, "{\"after\":%lld}}", (long long)p->last);
    else if (json_is_integer(next))
        strbuf_addf(out, "{\"%s\":%lld}}", back ? "before" : "after",
                    (long long)json_integer_value(next));
    else
        strbuf_adds(out, "null}");
    strbuf_addf(&p->text, "(%lld %s in all)", (long long)total, total == 1 ? "line" : "lines");
}

/* The arguments as the API takes them: the newest lines are those before the end of all. */
static json_t *log_arguments(const struct mcp_call *m)
{
    json_t *out = json_copy((json_t *)m->arguments);
    if (mcp_call_flag(m, "newest"))
        json_object_set_new(out, "before", json_integer(INT64_MAX));
    return out;
}

static int read_page(struct mcp_call *m, json_t *arguments)
{
    struct page p = {.m = m, .lines = STRBUF_INIT, .text = STRBUF_INIT};
    struct response res;
    bool back = json_object_get(arguments, "before") && !json_object_get(arguments, "after");
    response_init(&res);
    int rc = mcp_call_ask(m, arguments, &res);
    json_t *answer = rc == 0 ? mcp_call_value(m, &res) : NULL;
    if (answer) {
        add_lines(&p, answer);
        if (back && p.full)
            rc = mcp_call_fail(m, "ask for fewer lines with limit",
                               "these lines have more than %d KiB", MCP_READ_LOG_BYTES >> 10);
        else
            put_log_page(&p, answer, back);
    }
    strbuf_swap(&m->text, &p.text);
    strbuf_release(&p.text);
    strbuf_release(&p.lines);
    response_release(&res);
    rc = answer ? rc : -1;
    json_decref(answer);
    return rc;
}

int mcp_read_logs(struct mcp_call *m)
{
    const char *pool = request_param(&m->c->req, "ATHANOR_POOL");
    if (json_object_get(m->arguments, "search") && pool && strcmp(pool, "quick") == 0) {
        m->bulk = true;
        return 0;
    }
    json_t *arguments = log_arguments(m);
    int rc = read_page(m, arguments);
    json_decref(arguments);
    return rc;
}

/* ---- files ---- */

/* How many of these bytes are whole characters of text; 0: they are no text. */
static size_t whole_text(const char *data, size_t len, bool at_end)
{
    size_t spare = 0;
    if (fields_is_text(data, len))
        return len;
    while (!at_end && spare < 3 && spare < len) {
        spare++;
        if (fields_is_text(data, len - spare))
            return len - spare;
    }
    return 0;
}

static void put_base64(struct strbuf *out, const char *data, size_t len)
{
    size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
    strbuf_addc(out, '"');
    strbuf_grow(out, size);
    sodium_bin2base64(out->buf + out->len, size, (const unsigned char *)data, len,
                      sodium_base64_VARIANT_ORIGINAL);
    out->len += size - 1;
    strbuf_addc(out, '"');
}

static void put_piece(struct mcp_call *m, const struct response *res, int64_t offset, int64_t size)
{
    const char *data = res->body.buf;
    bool at_end = offset + (int64_t)res->body.len >= size;
    size_t len = whole_text(data, res->body.len, at_end);
    bool is_text = len > 0 || res->body.len == 0;
    if (!is_text)
        len = res->body.len;
    strbuf_addf(&m->result,
                "{\"size\":%lld,\"offset\":%lld,\"encoding\":\"%s\",\"data\":", (long long)size,
                (long long)offset, is_text ? "utf-8" : "base64");
    if (is_text)
        json_put_string(&m->result, data, len);
    else
        put_base64(&m->result, data, len);
    strbuf_adds(&m->result, ",\"next_offset\":");
    if (offset + (int64_t)len < size)
        strbuf_addf(&m->result, "%lld}", (long long)(offset + (int64_t)len));
    else
        strbuf_adds(&m->result, "null}");
    if (is_text)
        strbuf_add(&m->text, data, len);
}

/* The size of the whole file: what stands behind the slash of Content-Range; else the body is it.
 */
static int64_t whole_size(const struct response *res)
{
    const char *range = strstr(res->headers.buf, "Content-Range: ");
    const char *slash = range ? strchr(range, '/') : NULL;
    return slash ? strtoll(slash + 1, NULL, 10) : (int64_t)res->body.len;
}

int mcp_read_artifact(struct mcp_call *m)
{
    struct response res;
    int64_t offset = mcp_call_int(m, "offset", 0);
    int64_t bytes = mcp_call_int(m, "bytes", MCP_READ_FILE_USUAL);
    struct request_made made = {
        .method = METHOD_GET,
        .target = arena_printf(m->c->arena, "/api/v1/runs/%lld/artifacts/%lld",
                               (long long)mcp_call_int(m, "run_id", 0),
                               (long long)mcp_call_int(m, "artifact", 0)),
        .range = arena_printf(m->c->arena, "bytes=%lld-%lld", (long long)offset,
                              (long long)(offset + bytes - 1)),
    };
    response_init(&res);
    int rc = mcp_call_request(m, &made, &res);
    int64_t size = whole_size(&res);
    if (rc == 0 && res.status == 416 && offset > 0)
        rc = mcp_call_fail(m, "begin with offset 0", "offset: the file has %lld bytes",
                           (long long)size);
    else if (rc == 0)
        put_piece(m, &res, offset, size);
    response_release(&res);
    return rc;
}
