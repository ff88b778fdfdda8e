#include "mcp_call.h"

#include "dispatch.h"
#include "json.h"
#include "mcp_check.h"
#include "mcp_schema.h"

#include <stdarg.h>
#include <string.h>

void mcp_call_init(struct mcp_call *m, struct ctx *c, const struct mcp_tool *t,
                   const json_t *arguments)
{
    *m = (struct mcp_call){.c = c,
                           .tool = t,
                           .arguments = arguments,
                           .result = STRBUF_INIT,
                           .text = STRBUF_INIT,
                           .error = STRBUF_INIT};
}

void mcp_call_release(struct mcp_call *m)
{
    strbuf_release(&m->result);
    strbuf_release(&m->text);
    strbuf_release(&m->error);
}

int64_t mcp_call_int(const struct mcp_call *m, const char *name, int64_t otherwise)
{
    return json_get_int(m->arguments, name, otherwise);
}

bool mcp_call_flag(const struct mcp_call *m, const char *name)
{
    return json_get_bool(m->arguments, name, false);
}

int mcp_call_fail(struct mcp_call *m, const char *next, const char *fmt, ...)
{
    va_list ap;
    strbuf_reset(&m->error);
    va_start(ap, fmt);
    strbuf_vaddf(&m->error, fmt, ap);
    va_end(ap);
    if (next)
        strbuf_addf(&m->error, "\nNext: %s.", next);
    return -1;
}

int mcp_call_problem(struct mcp_call *m, const struct problem *p)
{
    struct strbuf words = STRBUF_INIT;
    const char *advice = mcp_check_advice(m->tool, p);
    bool named = p->field && !p->faults && !strstr(p->detail, p->field);
    strbuf_addf(&words, "%s%s%s", named ? p->field : "", named ? ": " : "", p->detail);
    for (size_t i = 0; p->faults && i < p->faults->count; i++)
        strbuf_addf(&words, "\n- %s: %s", p->faults->items[i].field, p->faults->items[i].message);
    mcp_call_fail(m, advice, "%s", words.buf);
    strbuf_release(&words);
    return -1;
}

/* ---- asking the API ---- */

static void put_scalar(struct strbuf *out, const json_t *value)
{
    if (json_is_string(value))
        fields_put_escaped(out, json_string_value(value), "");
    else
        strbuf_add_int(out, json_integer_value(value));
}

static const json_t *value_for(const struct mcp_tool *t, const json_t *arguments, const char *as,
                               size_t len)
{
    for (const struct mcp_argument *a = t->arguments; a && a->name; a++) {
        const char *name = mcp_tools_as(a);
        if (a->place == MCP_PATH && strlen(name) == len && memcmp(name, as, len) == 0)
            return json_object_get(arguments, a->name);
    }
    die("the tool %s lacks an argument for {%.*s}", t->name, (int)len, as);
}

static void put_target(struct strbuf *out, const struct mcp_tool *t, const json_t *arguments)
{
    for (const char *at = t->path; *at;) {
        if (*at != '{') {
            strbuf_addc(out, *at++);
            continue;
        }
        size_t len = strcspn(++at, "}");
        put_scalar(out, value_for(t, arguments, at, len));
        at += len + 1;
    }
    char sign = '?';
    for (const struct mcp_argument *a = t->arguments; a && a->name; a++) {
        const json_t *value = json_object_get(arguments, a->name);
        if (a->place != MCP_QUERY || (!value && !a->otherwise))
            continue;
        strbuf_addf(out, "%c%s=", sign, mcp_tools_as(a));
        if (value)
            put_scalar(out, value);
        else
            strbuf_add_int(out, a->otherwise);
        sign = '&';
    }
}

/* The body, where the tool's method has one. */
static void put_body(struct strbuf *out, const struct mcp_tool *t, const json_t *arguments)
{
    json_t *body = json_object();
    if (t->method != METHOD_POST && t->method != METHOD_PUT)
        goto out;
    for (const struct mcp_argument *a = t->arguments; a && a->name; a++) {
        json_t *value = json_object_get(arguments, a->name);
        if (a->place == MCP_BODY && value)
            json_object_set(body, mcp_tools_as(a), value);
    }
    json_put_value(out, body);
out:
    json_decref(body);
}

static const char *key_of(const struct mcp_tool *t, const json_t *arguments)
{
    for (const struct mcp_argument *a = t->arguments; a && a->name; a++) {
        if (a->place == MCP_KEY)
            return json_get_str(arguments, a->name, NULL);
    }
    return NULL;
}

static int script(struct mcp_call *m, const char *sql)
{
    struct err e;
    struct problem p = {.arena = m->c->arena};
    if (db_exec_script(m->c->app->db, sql, &e) == 0)
        return 0;
    problem_err(&p, &e, sql);
    return mcp_call_problem(m, &p);
}

int mcp_call_request(struct mcp_call *m, const struct request_made *made, struct response *res)
{
    struct ctx inner;
    bool dry = mcp_call_flag(m, "dry_run");
    if (dry && script(m, "BEGIN") != 0)
        return -1;
    int rc = dispatch_within(&inner, m->c, made, res);
    if (dry && script(m, "ROLLBACK") != 0)
        return -1;
    return rc == 0 ? 0 : mcp_call_problem(m, &inner.problem);
}

int mcp_call_ask(struct mcp_call *m, const json_t *arguments, struct response *res)
{
    struct strbuf target = STRBUF_INIT, body = STRBUF_INIT;
    put_target(&target, m->tool, arguments);
    put_body(&body, m->tool, arguments);
    struct request_made made = {.method = m->tool->method,
                                .target = target.buf,
                                .type = body.len ? "application/json" : NULL,
                                .body = body.buf,
                                .body_len = body.len,
                                .key = key_of(m->tool, arguments)};
    int rc = mcp_call_request(m, &made, res);
    strbuf_release(&target);
    strbuf_release(&body);
    return rc;
}

json_t *mcp_call_value(struct mcp_call *m, const struct response *res)
{
    struct err e;
    struct problem p = {.arena = m->c->arena};
    json_t *value = json_parse(res->body.buf, res->body.len, "an answer of the API", &e);
    if (value)
        return value;
    problem_err(&p, &e, m->tool->name);
    mcp_call_problem(m, &p);
    return NULL;
}

/* Keeps the members that the shape has. */
static json_t *only(const json_t *item, const struct mcp_shape *shape)
{
    json_t *out = json_object();
    for (const struct mcp_member *b = shape->members; b->name; b++) {
        json_t *value = json_object_get(item, b->name);
        if (value)
            json_object_set(out, b->name, value);
    }
    return out;
}

static int put_brief(struct mcp_call *m, const struct response *res)
{
    size_t i;
    json_t *item, *list = mcp_call_value(m, res);
    const char *output = m->tool->output + 1;
    const struct mcp_shape *shape = mcp_schema_shape(output, strcspn(output, "]"));
    if (!list)
        return -1;
    json_t *items = json_object_get(list, "items");
    json_array_foreach(items, i, item) json_array_set_new(items, i, only(item, shape));
    json_put_value(&m->result, list);
    json_decref(list);
    return 0;
}

/* What would be there now; an id that nobody has must not be taken for one. */
static int put_rehearsed(struct mcp_call *m, const struct response *res)
{
    json_t *row = mcp_call_value(m, res);
    if (!row)
        return -1;
    if (res->status == 201) {
        json_object_del(row, "id");
        json_object_del(row, "number");
    }
    json_object_set_new(row, "dry_run", json_true());
    json_put_value(&m->result, row);
    json_decref(row);
    return 0;
}

int mcp_call_api(struct mcp_call *m)
{
    struct response res;
    response_init(&res);
    int rc = mcp_call_ask(m, m->arguments, &res);
    if (rc == 0 && m->tool->brief)
        rc = put_brief(m, &res);
    else if (rc == 0 && mcp_call_flag(m, "dry_run"))
        rc = put_rehearsed(m, &res);
    else if (rc == 0)
        strbuf_add(&m->result, res.body.buf, res.body.len);
    response_release(&res);
    return rc;
}

int mcp_call_delete(struct mcp_call *m, const char *what)
{
    struct response res;
    bool dry = mcp_call_flag(m, "dry_run");
    response_init(&res);
    int rc = mcp_call_ask(m, m->arguments, &res);
    response_release(&res);
    if (rc != 0)
        return -1;
    strbuf_addf(&m->result, "{\"deleted\":%s,\"what\":", dry ? "false" : "true");
    json_put_cstring(&m->result, what ? what : "");
    strbuf_adds(&m->result, dry ? ",\"dry_run\":true}" : "}");
    return 0;
}

int mcp_call_run(struct mcp_call *m)
{
    if (mcp_check_arguments(m) != 0 || m->tool->call(m) != 0)
        return -1;
    if (m->result.len > MCP_CALL_MAX)
        return mcp_call_fail(m, "ask for less: fewer items with limit, or one of them",
                             "the answer has %zu bytes, more than the %d that a tool returns",
                             m->result.len, MCP_CALL_MAX);
    return 0;
}
