#include "request.h"

#include "json.h"

#include <stdio.h>
#include <string.h>

enum { BAD_REQUEST = 400, NO_SUCH_THING = 404, BAD_METHOD = 405 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int decode(const char *s, size_t len, struct strbuf *out, struct err *e)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] != '%') {
            strbuf_addc(out, s[i] == '+' ? ' ' : s[i]);
            continue;
        }
        int high = len - i > 2 ? hex_digit(s[i + 1]) : -1;
        int low = len - i > 2 ? hex_digit(s[i + 2]) : -1;
        if (high < 0 || low < 0)
            return err_set(e, ERR_INVALID, "the query string has a broken escape");
        strbuf_addc(out, (char)(high * 16 + low));
        i += 2;
    }
    return 0;
}

/* Decodes the first parameter of this name. 1 found, 0 absent or empty, -1. */
static int find(const struct request_text *query, const char *name, struct strbuf *out,
                struct err *e)
{
    size_t name_len = strlen(name);
    strbuf_reset(out);
    for (size_t at = 0; at < query->len;) {
        const char *s = query->data + at;
        const char *ampersand = memchr(s, '&', query->len - at);
        size_t len = ampersand ? (size_t)(ampersand - s) : query->len - at;
        if (len > name_len && s[name_len] == '=' && memcmp(s, name, name_len) == 0) {
            if (decode(s + name_len + 1, len - name_len - 1, out, e) != 0)
                return -1;
            return out->len > 0;
        }
        at += len + 1;
    }
    return 0;
}

/* Names the field to blame for what *e says. */
static int blame(struct err *e, const char *field)
{
    if (e)
        snprintf(e->field, sizeof(e->field), "%s", field);
    return BAD_REQUEST;
}

/* The id that a returning client sends: its header, else its parameter. 1, 0, or the status. */
static int returning_id(const struct request_input *in, struct strbuf *id, struct err *e)
{
    if (in->last_event_id.len) {
        strbuf_reset(id);
        strbuf_add(id, in->last_event_id.data, in->last_event_id.len);
        return 1;
    }
    int found = find(&in->query, "last_event_id", id, e);
    return found < 0 ? blame(e, "last_event_id") : found;
}

static int parse_one(const struct request_input *in, struct request *r, struct strbuf *value,
                     struct err *e)
{
    const char *field = "last_event_id";
    int found = returning_id(in, value, e);
    r->returning = found == 1;
    if (found == 0) {
        field = "from";
        found = find(&in->query, field, value, e);
        if (found < 0)
            return blame(e, field);
        r->at_end = found && strcmp(value->buf, "end") == 0;
    }
    if (found > 1)
        return found;
    if (!found || r->at_end)
        return 0;
    return cursor_parse(value->buf, value->len, &r->runs[0].at, e) == 0 ? 0 : blame(e, field);
}

/* Positions of a returning client go before those in `runs`, which names the runs; without it the
 * id does. */
static int apply_vector(struct request *r, const struct strbuf *id, bool named, struct err *e)
{
    struct cursor_run at[CURSOR_RUNS_MAX];
    int count = cursor_vector_parse(id->buf, id->len, at, CURSOR_RUNS_MAX, e);
    if (count < 0)
        return blame(e, "last_event_id");
    if (!named) {
        memcpy(r->runs, at, sizeof(at[0]) * (size_t)count);
        r->count = count;
        return 0;
    }
    for (int i = 0; i < count; i++)
        for (int j = 0; j < r->count; j++)
            if (r->runs[j].run == at[i].run)
                r->runs[j].at = at[i].at;
    return 0;
}

static int parse_many(const struct request_input *in, struct request *r, struct strbuf *value,
                      struct err *e)
{
    int named = find(&in->query, "runs", value, e);
    if (named < 0)
        return blame(e, "runs");
    r->count = cursor_vector_parse(value->buf, value->len, r->runs, CURSOR_RUNS_MAX, e);
    if (r->count < 0)
        return blame(e, "runs");
    int found = returning_id(in, value, e);
    r->returning = found == 1;
    if (found == 1)
        return apply_vector(r, value, named, e);
    if (found > 1)
        return found;
    found = find(&in->query, "from", value, e);
    if (found < 0)
        return blame(e, "from");
    r->at_end = found == 1;
    if (r->at_end && strcmp(value->buf, "end") != 0) {
        err_set(e, ERR_INVALID, "of many runs only 'end' can be asked: give positions in 'runs'");
        return blame(e, "from");
    }
    return 0;
}

static int parse_wait(const struct request_input *in, struct request *r, struct strbuf *value,
                      struct err *e)
{
    r->timeout_s = REQUEST_WAIT_DEFAULT_S;
    int found = find(&in->query, "timeout_s", value, e);
    if (found < 0)
        return blame(e, "timeout_s");
    if (found && (!parse_int64(value->buf, value->len, &r->timeout_s) || r->timeout_s < 0 ||
                  r->timeout_s > REQUEST_WAIT_MAX_S)) {
        err_set(e, ERR_INVALID, "not a whole number of seconds from 0 to %d", REQUEST_WAIT_MAX_S);
        return blame(e, "timeout_s");
    }
    return 0;
}

/* Only nginx can ask for this, on behalf of a program whose answer it completes. */
static int parse_framed(const struct request_input *in, struct request *r, struct strbuf *value,
                        struct err *e)
{
    r->framed = true;
    return parse_wait(in, r, value, e);
}

static void put_part(struct strbuf *out, const struct request_text *query, const char *name)
{
    struct strbuf part = STRBUF_INIT;
    if (find(query, name, &part, NULL) == 1)
        strbuf_add(out, part.buf, part.len);
    strbuf_release(&part);
}

void request_put_framed(struct strbuf *out, const char *query, const char *row, size_t len)
{
    struct request_text text = {query, strlen(query)};
    put_part(out, &text, "head");
    json_put_string(out, row, len);
    put_part(out, &text, "middle");
    strbuf_add(out, row, len);
    put_part(out, &text, "tail");
}

static int parse_nothing(const struct request_input *in, struct request *r, struct strbuf *value,
                         struct err *e)
{
    (void)in;
    (void)r;
    (void)value;
    (void)e;
    return 0;
}

/* A path is a prefix, with a suffix a run id between them. */
static const struct route {
    const char *prefix, *suffix;
    enum request_kind kind;
    int (*parse)(const struct request_input *in, struct request *r, struct strbuf *value,
                 struct err *e);
} routes[] = {
    {"/events", NULL, REQUEST_MANY, parse_many},
    {"/runs/", "/events", REQUEST_RUN, parse_one},
    {"/api/v1/runs/", "/wait", REQUEST_WAIT, parse_wait},
    {"/_mcp/runs/", "/wait", REQUEST_WAIT, parse_framed},
    {"/events/metrics", NULL, REQUEST_METRICS, parse_nothing},
};

static bool matches(const struct route *route, const struct request_text *path, struct request *r)
{
    size_t prefix = strlen(route->prefix), suffix = route->suffix ? strlen(route->suffix) : 0;
    if (path->len < prefix + suffix || memcmp(path->data, route->prefix, prefix) != 0)
        return false;
    if (!route->suffix)
        return path->len == prefix;
    const char *id = path->data + prefix;
    size_t len = path->len - prefix - suffix;
    if (memcmp(id + len, route->suffix, suffix) != 0 || !parse_int64(id, len, &r->runs[0].run))
        return false;
    r->count = 1;
    return r->runs[0].run >= 1;
}

int request_parse(const struct request_input *in, struct request *out, struct err *e)
{
    *out = (struct request){0};
    const struct route *route = NULL;
    struct request_text path = in->path;
    if (path.len > 1 && path.data[path.len - 1] == '/') /* which means nothing */
        path.len--;
    for (size_t i = 0; i < ARRAY_LEN(routes) && !route; i++)
        if (matches(&routes[i], &path, out))
            route = &routes[i];
    if (!route) {
        err_set(e, ERR_NOT_FOUND, "there is nothing at this address");
        return NO_SUCH_THING;
    }
    out->kind = route->kind;
    if (in->method.len != 3 || memcmp(in->method.data, "GET", 3) != 0) {
        err_set(e, ERR_INVALID, "this address can only be read: use GET");
        return BAD_METHOD;
    }
    if (in->query.len > REQUEST_QUERY_MAX) {
        err_set(e, ERR_LIMIT, "a query string over %d bytes", REQUEST_QUERY_MAX);
        return BAD_REQUEST;
    }
    struct strbuf value = STRBUF_INIT;
    int status = route->parse(in, out, &value, e);
    strbuf_release(&value);
    return status;
}
