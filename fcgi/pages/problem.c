#include "problem.h"

#include "json.h"
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *vprint(struct arena *a, const char *fmt, va_list ap)
{
    struct strbuf text = STRBUF_INIT;
    strbuf_vaddf(&text, fmt, ap);
    const char *copy = arena_strndup(a, text.buf, text.len);
    strbuf_release(&text);
    return copy;
}

void faults_init(struct faults *f, struct arena *a)
{
    f->arena = a;
    f->count = 0;
}

void faults_add(struct faults *f, const char *field, const char *fmt, ...)
{
    va_list ap;
    if (f->count == FAULTS_MAX)
        return;
    va_start(ap, fmt);
    f->items[f->count].field = arena_strdup(f->arena, field);
    f->items[f->count++].message = vprint(f->arena, fmt, ap);
    va_end(ap);
}

const char *faults_find(const struct faults *f, const char *field)
{
    for (size_t i = 0; f && i < f->count; i++) {
        if (strcmp(f->items[i].field, field) == 0)
            return f->items[i].message;
    }
    return NULL;
}

static int fill(struct problem *p, int status, const char *field, const char *fmt, va_list ap)
{
    p->status = status;
    p->field = field ? arena_strdup(p->arena, field) : NULL;
    p->detail = vprint(p->arena, fmt, ap);
    p->faults = NULL;
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

int problem_err(struct problem *p, const struct err *e, const char *what)
{
    static const int statuses[] = {
        [ERR_INVALID] = 422, [ERR_NOT_FOUND] = 404,   [ERR_CONFLICT] = 409, [ERR_DENIED] = 403,
        [ERR_LIMIT] = 503,   [ERR_UNAVAILABLE] = 503, [ERR_TIMEOUT] = 503,
    };
    int status = (size_t)e->code < ARRAY_LEN(statuses) ? statuses[e->code] : 0;
    if (status == 0 || status == 503)
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
        return problem_field(p, status, e->field[0] ? e->field : NULL, "%s", e->text);
    }
}

const char *problem_title(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 303:
        return "See Other";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 409:
        return "Conflict";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 416:
        return "Range Not Satisfiable";
    case 422:
        return "Unprocessable Content";
    case 429:
        return "Too Many Requests";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
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
    strbuf_addc(out, '}');
}
