#include "metrics.h"

#include "api.h"
#include "json.h"
#include "thin.h"

#include <string.h>

static const char body_start[] = "{\"points\":[";

/* Walks one chunk's points, which stand undecoded between `,<TAB>`. */
static bool add_points(void *arg, const struct db_result *row)
{
    struct thin *t = arg;
    const char *at = db_text(row, 0, 0);
    size_t len = db_length(row, 0, 0), start = sizeof(body_start) - 1;
    if (len < start + 2 || memcmp(at, body_start, start) != 0)
        return true;
    const char *end = at + len - 2; /* ]} */
    at += start;
    while (at < end) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        const char *stop = tab ? tab - 1 : end; /* the comma before it */
        thin_add(t, at, (size_t)(stop - at));
        at = tab ? tab + 1 : end;
    }
    return true;
}

static int view_series(struct ctx *c, const char *key, int64_t points)
{
    size_t len;
    struct thin t;
    int64_t total;
    struct strbuf *out = &c->res->body;
    struct params *p = ctx_params(c);
    params_int(p, c->match.ids[0]);
    params_text(p, key);
    const char *count = ctx_value(c, "metric_total", p, &len);
    if (!count)
        return c->problem.status != 404
                   ? -1
                   : problem_field(&c->problem, 404, "key", "there is no series %.100s of run %s",
                                   key, c->match.texts[0]);
    if (!parse_int64(count, len, &total))
        total = 0;
    strbuf_adds(out, "{\"key\":");
    json_put_cstring(out, key);
    strbuf_addf(out, ",\"total\":%lld,\"points\":[", (long long)total);
    thin_init(&t, out, total, points);
    int rc = ctx_each(c, "metric_chunks", p, add_points, &t);
    thin_end(&t);
    thin_release(&t);
    strbuf_adds(out, "]}");
    return rc == 0 ? api_json(c) : -1;
}

static int view_list(struct ctx *c)
{
    size_t len;
    struct params *p = ctx_params(c);
    params_int(p, c->match.ids[0]);
    const char *list = ctx_value(c, "metric_list", p, &len);
    if (!list)
        return -1;
    strbuf_add(&c->res->body, list, len);
    return api_json(c);
}

int metrics_view(struct ctx *c)
{
    const char *key = request_query(&c->req, "key");
    return key ? view_series(c, key, api_int(c, "points")) : view_list(c);
}
