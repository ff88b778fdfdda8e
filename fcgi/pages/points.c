#include "points.h"

#include <string.h>

static const char body_start[] = "{\"points\":[";

void points_each(const char *body, size_t len, points_cb *each, void *arg)
{
    size_t start = sizeof(body_start) - 1;
    if (len < start + 2 || memcmp(body, body_start, start) != 0)
        return;
    const char *at = body + start, *end = body + len - 2; /* ]} */
    while (at < end) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        const char *stop = tab ? tab - 1 : end; /* the comma before it */
        each(arg, at, (size_t)(stop - at));
        at = tab ? tab + 1 : end;
    }
}

int64_t points_total(struct ctx *c, const char *key, const char *from, const char *to)
{
    size_t len;
    int64_t total;
    struct params *p = ctx_params(c);
    params_int(p, c->match.ids[0]);
    params_text(p, key);
    params_text(p, from);
    params_text(p, to);
    const char *text = ctx_value(c, "metric_total", p, &len);
    if (text)
        return parse_int64(text, len, &total) ? total : 0;
    if (c->problem.status == 404)
        problem_field(&c->problem, 404, "key", "there is no series %.100s of run %s", key,
                      c->match.texts[0]);
    return -1;
}
