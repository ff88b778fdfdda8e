#include "health.h"

#include "json.h"

int health_check(struct ctx *c)
{
    int rc = ctx_exec(c, "health", NULL);
    response_restart(c->res, rc == 0 ? 200 : 503);
    c->res->type = "application/json";
    response_header(c->res, "Cache-Control", "no-store");
    if (rc != 0)
        response_header(c->res, "Retry-After", "2");
    strbuf_addf(&c->res->body, "{\"status\":\"%s\",\"database\":\"%s\",\"version\":\"%s\"}",
                rc == 0 ? "ok" : "unavailable", rc == 0 ? "ok" : "unavailable", ATHANOR_VERSION);
    return 0;
}

static bool add_sample(void *arg, const struct db_result *row)
{
    struct ctx *c = arg;
    struct strbuf *out = &c->res->body;
    if (!db_is_null(row, 0, 1))
        strbuf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", db_text(row, 0, 0), db_text(row, 0, 1),
                    db_text(row, 0, 0), db_text(row, 0, 2));
    strbuf_addf(out, "%s%s %s\n", db_text(row, 0, 0), db_text(row, 0, 3), db_text(row, 0, 4));
    return true;
}

int health_metrics(struct ctx *c)
{
    if (ctx_each(c, "metrics_text", NULL, add_sample, c) != 0)
        return -1;
    c->res->type = "text/plain; version=0.0.4; charset=utf-8";
    response_header(c->res, "Cache-Control", "no-store");
    return 0;
}
