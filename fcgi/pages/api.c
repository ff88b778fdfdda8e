#include "api.h"

#include "json.h"

#include <string.h>

int api_json(struct ctx *c)
{
    c->res->type = "application/json";
    if (c->req.method == METHOD_GET || c->req.method == METHOD_HEAD) {
        response_header(c->res, "Cache-Control", "private, no-cache");
        response_etag(c->res, request_param(&c->req, "HTTP_IF_NONE_MATCH"));
    } else {
        response_header(c->res, "Cache-Control", "no-store");
    }
    return 0;
}

int api_int(struct ctx *c, const char *name, int64_t low, int64_t high, int64_t otherwise,
            int64_t *out)
{
    const char *text = request_query(&c->req, name);
    int64_t value = otherwise;
    if (text && (!parse_int64(text, strlen(text), &value) || value < low || value > high)) {
        if (high == INT64_MAX)
            return problem_field(&c->problem, 400, name, "%s must be a whole number from %lld on",
                                 name, (long long)low);
        return problem_field(&c->problem, 400, name, "%s must be a whole number from %lld to %lld",
                             name, (long long)low, (long long)high);
    }
    *out = value;
    return 0;
}

/* Whether `word` is one of the space-separated words. */
static bool is_word(const char *words, const char *word, size_t len)
{
    for (const char *at = words; *at;) {
        size_t n = strcspn(at, " ");
        if (n == len && memcmp(at, word, len) == 0)
            return true;
        at += n;
        at += *at == ' ';
    }
    return false;
}

static int put_param(struct ctx *c, const struct route_param *rp, struct strbuf *out)
{
    const char *text = request_query(&c->req, rp->name);
    int64_t value;
    json_put_cstring(out, rp->name);
    strbuf_addc(out, ':');
    if (!rp->words) {
        if (api_int(c, rp->name, rp->low, rp->high, rp->otherwise, &value) != 0)
            return -1;
        if (value == INT64_MIN)
            strbuf_adds(out, "null");
        else
            strbuf_add_int(out, value);
        return 0;
    }
    if (!text || !text[0]) {
        strbuf_adds(out, "null");
        return 0;
    }
    if (strcmp(rp->words, "*") != 0 && !is_word(rp->words, text, strlen(text)))
        return problem_field(&c->problem, 400, rp->name, "%s must be one of: %s", rp->name,
                             rp->words);
    json_put_cstring(out, text);
    return 0;
}

/* The checked query as the text of an object in the arena, or NULL with 400. */
static const char *checked_query(struct ctx *c)
{
    struct strbuf out = STRBUF_INIT;
    const char *text = NULL;
    strbuf_addc(&out, '{');
    for (const struct route_param *rp = c->match.route->params; rp && rp->name; rp++) {
        if (out.len > 1)
            strbuf_addc(&out, ',');
        if (put_param(c, rp, &out) != 0)
            goto out;
    }
    strbuf_addc(&out, '}');
    text = arena_strndup(c->arena, out.buf, out.len);
out:
    strbuf_release(&out);
    return text;
}

int api_view(struct ctx *c)
{
    size_t len;
    const char *query = checked_query(c);
    if (!query)
        return -1;
    struct params *p = ctx_params(c);
    const char *input = ctx_view_input(c, query, &len);
    params_textn(p, input, len);
    const char *text = ctx_value(c, c->match.route->query, p, &len);
    if (!text)
        return -1;
    strbuf_add(&c->res->body, text, len);
    return api_json(c);
}

struct list {
    struct strbuf *body;
    int64_t limit, count;
    int64_t last; /* cursor of the last item shown */
    bool more;
};

static bool add_item(void *arg, const struct db_result *row)
{
    struct list *l = arg;
    if (l->count == l->limit || l->body->len > API_PAGE_BYTES) {
        l->more = true;
        return false;
    }
    if (l->count++)
        strbuf_addc(l->body, ',');
    strbuf_add(l->body, db_text(row, 0, 1), db_length(row, 0, 1));
    l->last = db_int(row, 0, 0);
    return true;
}

/* An empty list of something that does not exist is a 404. */
static int check_parent(struct ctx *c, const char *input, size_t len)
{
    const char *parent = c->match.route->title;
    if (!parent)
        return 0;
    struct params *p = ctx_params(c);
    params_textn(p, input, len);
    return ctx_value(c, parent, p, NULL) ? 0 : -1;
}

int api_list(struct ctx *c)
{
    size_t len;
    struct list l = {.body = &c->res->body};
    const char *query = checked_query(c);
    if (!query || api_int(c, "limit", 1, 1000, 100, &l.limit) != 0)
        return -1;
    const char *input = ctx_view_input(c, query, &len);
    struct params *p = ctx_params(c);
    params_textn(p, input, len);
    strbuf_adds(l.body, "{\"items\":[");
    if (ctx_each(c, c->match.route->query, p, add_item, &l) != 0)
        return -1;
    if (l.count == 0 && check_parent(c, input, len) != 0)
        return -1;
    strbuf_adds(l.body, "],\"next\":");
    if (l.more)
        strbuf_add_int(l.body, l.last);
    else
        strbuf_adds(l.body, "null");
    strbuf_addc(l.body, '}');
    return api_json(c);
}

int api_known_members(struct ctx *c, const json_t *object, const char *names)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (!is_word(names, key, strlen(key)))
            return problem_field(&c->problem, 422, key, "there is no such member; known are: %s",
                                 names);
    }
    return 0;
}

void api_problem(struct ctx *c)
{
    response_restart(c->res, c->problem.status);
    c->res->type = "application/problem+json";
    response_header(c->res, "Cache-Control", "no-store");
    problem_json(&c->problem, &c->res->body);
}
