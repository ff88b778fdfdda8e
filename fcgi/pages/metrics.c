#include "metrics.h"

#include "api.h"
#include "json.h"
#include "points.h"
#include "thin.h"

#include <math.h>
#include <stdlib.h>

static void add_point(void *arg, const char *point, size_t len)
{
    thin_add(arg, point, len);
}

static bool add_points(void *arg, const struct db_result *row)
{
    points_each(db_text(row, 0, 0), db_length(row, 0, 0), add_point, arg);
    return true;
}

/* A bound of the steps: *out is NULL where it is left out. */
static int read_step(struct ctx *c, const char *name, const char **out)
{
    char *end;
    *out = request_query(&c->req, name);
    if (!*out || (isfinite(strtod(*out, &end)) && *end == '\0'))
        return 0;
    return problem_field(&c->problem, 400, name, "%s must be a number", name);
}

static int view_series(struct ctx *c, const char *key, int64_t points)
{
    struct thin t;
    const char *from, *to;
    struct strbuf *out = &c->res->body;
    if (read_step(c, "from", &from) != 0 || read_step(c, "to", &to) != 0)
        return -1;
    int64_t total = points_total(c, key, from, to);
    if (total < 0)
        return -1;
    strbuf_adds(out, "{\"key\":");
    json_put_cstring(out, key);
    strbuf_addf(out, ",\"total\":%lld,\"points\":[", (long long)total);
    thin_init(&t, out, total, points);
    struct params *p = ctx_params(c);
    params_int(p, c->match.ids[0]);
    params_text(p, key);
    params_text(p, from);
    params_text(p, to);
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
