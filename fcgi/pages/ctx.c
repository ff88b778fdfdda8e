#include "ctx.h"

#include "json.h"
#include "log.h"

#include <string.h>

bool ctx_may(const struct ctx *c, enum route_scope needed)
{
    static const char *const names[] = {"", "read", "run", "admin"};
    int has = 0;
    for (int i = 1; c->user.id && i < (int)ARRAY_LEN(names); i++) {
        if (strcmp(c->user.scope, names[i]) == 0)
            has = i;
    }
    return has >= (int)needed;
}

struct params *ctx_params(struct ctx *c)
{
    params_reset(c->app->params);
    return c->app->params;
}

/* A worker starts without a database too, and answers 503 until there is one. */
static int ensure_db(struct ctx *c)
{
    struct err e;
    struct app *app = c->app;
    if (app->db)
        return 0;
    app->db = db_open(app->conf->database, app->query_folders, app->lazy, &e);
    return app->db ? 0 : problem_err(&c->problem, &e, "cannot open the database");
}

struct db_result *ctx_query(struct ctx *c, const char *name, struct params *p)
{
    struct err e;
    if (ensure_db(c) != 0)
        return NULL;
    struct db_result *r = db_query(c->app->db, name, p, &e);
    if (!r)
        problem_err(&c->problem, &e, name);
    return r;
}

/* What the name at `at` of a pattern stands for: `{id}` in /runs/{id} for a run. */
static const char *thing_of(const char *pattern, const char *at)
{
    static const struct {
        const char *path, *thing;
    } things[] = {
        {"/runs/{id}", "run"},
        {"/instances/{id}", "instance"},
        {"/experiments/{id}", "instance"},
        {"/experiments/{name}", "experiment"},
        {"/data-sources/{source}", "data source"},
        {"/data/{id}", "data source"},
        {"/records/{n}", "record"},
        {"/artifacts/{n}", "artifact"},
        {"/tokens/{id}", "token"},
    };
    size_t end = (size_t)(at - pattern) + strcspn(at, "}") + 1;
    for (size_t i = 0; i < ARRAY_LEN(things); i++) {
        size_t len = strlen(things[i].path);
        if (len <= end && memcmp(pattern + end - len, things[i].path, len) == 0)
            return things[i].thing;
    }
    return "such thing as";
}

int ctx_missing(struct ctx *c, size_t count)
{
    struct strbuf text = STRBUF_INIT;
    const struct route_match *m = &c->match;
    for (size_t i = count; i-- > 0;)
        strbuf_addf(&text, "%s%s %.100s", i + 1 == count ? "there is no " : " of ",
                    thing_of(m->route->pattern, m->names[i]), m->texts[i]);
    problem_set(&c->problem, 404, "%s", text.len ? text.buf : "there is nothing at this address");
    strbuf_release(&text);
    return -1;
}

const char *ctx_value(struct ctx *c, const char *name, struct params *p, size_t *len)
{
    struct db_result *r = ctx_query(c, name, p);
    const char *value = NULL;
    if (!r)
        return NULL;
    if (db_rows(r) == 0 || db_is_null(r, 0, 0)) {
        ctx_missing(c, c->match.count);
    } else {
        value = arena_strndup(c->arena, db_text(r, 0, 0), db_length(r, 0, 0));
        if (len)
            *len = db_length(r, 0, 0);
    }
    db_result_free(r);
    return value;
}

int ctx_each(struct ctx *c, const char *name, struct params *p, db_row_cb *each, void *arg)
{
    struct err e;
    if (ensure_db(c) != 0)
        return -1;
    if (db_each(c->app->db, name, p, each, arg, &e) != 0)
        return problem_err(&c->problem, &e, name);
    return 0;
}

int ctx_exec(struct ctx *c, const char *name, struct params *p)
{
    struct db_result *r = ctx_query(c, name, p);
    if (!r)
        return -1;
    db_result_free(r);
    return 0;
}

static void put_path(struct strbuf *out, const struct route_match *m)
{
    for (size_t i = 0; i < m->count; i++) {
        if (i)
            strbuf_addc(out, ',');
        json_put_string(out, m->names[i], m->name_lens[i]);
        strbuf_addc(out, ':');
        json_put_cstring(out, m->texts[i]);
    }
}

/* Postgres takes the last of two equal keys, as fields_get does. */
static void put_query(struct strbuf *out, const struct fields *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (i)
            strbuf_addc(out, ',');
        json_put_string(out, f->items[i].name, f->items[i].name_len);
        strbuf_addc(out, ':');
        json_put_string(out, f->items[i].value, f->items[i].value_len);
    }
}

const char *ctx_view_input(struct ctx *c, const char *query, size_t *len)
{
    struct strbuf out = STRBUF_INIT;
    strbuf_adds(&out, "{\"path\":{");
    put_path(&out, &c->match);
    strbuf_adds(&out, "},\"query\":");
    if (query) {
        strbuf_adds(&out, query);
    } else {
        strbuf_addc(&out, '{');
        put_query(&out, &c->req.query);
        strbuf_addc(&out, '}');
    }
    strbuf_addf(&out, ",\"user\":{\"id\":%lld", (long long)c->user.id);
    if (c->user.id) {
        strbuf_adds(&out, ",\"name\":");
        json_put_cstring(&out, c->user.name);
        strbuf_adds(&out, ",\"role\":");
        json_put_cstring(&out, c->user.role);
        strbuf_adds(&out, ",\"scope\":");
        json_put_cstring(&out, c->user.scope);
        strbuf_adds(&out, ",\"actor\":");
        json_put_cstring(&out, c->user.actor);
    }
    strbuf_adds(&out, "}}");
    const char *text = arena_strndup(c->arena, out.buf, out.len);
    *len = out.len;
    strbuf_release(&out);
    return text;
}
