#include "problem.h"

#include "json.h"
#include "json_text.h"
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *vprint(struct arena *a, const char *fmt, va_list ap)
{
    struct strbuf text = STRBUF_INIT;
    strbuf_vaddf(&text, fmt, ap);
    strbuf_truncate(&text, json_mend(text.buf, text.len, 0)); /* %.100s may have cut a character */
    const char *copy = arena_strndup(a, text.buf, text.len);
    strbuf_release(&text);
    return copy;
}

static int fill(struct problem *p, int status, const char *field, const char *fmt, va_list ap)
{
    p->status = status;
    p->field = field ? arena_strdup(p->arena, field) : NULL;
    p->detail = vprint(p->arena, fmt, ap);
    p->faults = NULL;
    p->more = NULL;
    return -1;
}

int problem_set(struct problem *p, int status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fill(p, status, NULL, fmt, ap);
    va_end(ap);
    return -1;
}

int problem_field(struct problem *p, int status, const char *field, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fill(p, status, field, fmt, ap);
    va_end(ap);
    return -1;
}

int problem_faults(struct problem *p, int status, const struct faults *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fill(p, status, f->count == 1 ? f->items[0].field : NULL, fmt, ap);
    va_end(ap);
    p->faults = f;
    return -1;
}

int problem_changed(struct problem *p, const char *thing)
{
    return problem_field(p, 412, "If-Match",
                         "the %s has been changed since you read it; read it again", thing);
}

int problem_err(struct problem *p, const struct err *e, const char *what)
{
    static const int statuses[] = {
        [ERR_INVALID] = 422, [ERR_NOT_FOUND] = 404,   [ERR_CONFLICT] = 409, [ERR_DENIED] = 403,
        [ERR_LIMIT] = 503,   [ERR_UNAVAILABLE] = 503, [ERR_TIMEOUT] = 503,
    };
    int status = (size_t)e->code < ARRAY_LEN(statuses) ? statuses[e->code] : 0;
    if (status == 0 || status == 503 || e->raw)
        log_error("%s: %s", what, e->text);
    switch (status) {
    case 0:
        return problem_set(p, 500, "something went wrong here; the server's log says what");
    case 503:
        return problem_set(p, 503, "%s",
                           e->code == ERR_TIMEOUT
                               ? "this took too long and was stopped"
                               : "the database is away; please try again in a moment");
    default:
        if (e->raw)
            return problem_set(p, status,
                               status == 409
                                   ? "somebody else changes this just now; please look again"
                                   : "the database does not take this; the server's log says why");
        return problem_field(p, status, e->field[0] ? e->field : NULL, "%s", e->text);
    }
}

const char *problem_title(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {503, "Service Unavailable"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        if (titles[i].status == status)
            return titles[i].title;
    }
    return "Internal Server Error";
}

void problem_json(const struct problem *p, struct strbuf *out)
{
    strbuf_adds(out, "{\"type\":\"about:blank\",\"title\":");
    json_put_cstring(out, problem_title(p->status));
    strbuf_addf(out, ",\"status\":%d,\"detail\":", p->status);
    json_put_cstring(out, p->detail ? p->detail : "");
    if (p->field) {
        strbuf_adds(out, ",\"field\":");
        json_put_cstring(out, p->field);
    }
    if (p->faults) {
        strbuf_adds(out, ",\"errors\":[");
        for (size_t i = 0; i < p->faults->count; i++) {
            strbuf_adds(out, i ? ",{\"field\":" : "{\"field\":");
            json_put_cstring(out, p->faults->items[i].field);
            strbuf_adds(out, ",\"message\":");
            json_put_cstring(out, p->faults->items[i].message);
            strbuf_addc(out, '}');
        }
        strbuf_addc(out, ']');
    }
    if (p->more)
        strbuf_addf(out, ",%s", p->more);
    strbuf_addc(out, '}');
}
