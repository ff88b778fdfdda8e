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

static const struct route_param *find_param(const struct ctx *c, const char *name)
{
    for (const struct route_param *rp = c->match.route->params; rp && rp->name; rp++) {
        if (strcmp(rp->name, name) == 0)
            return rp;
    }
    return NULL;
}

static int unknown_param(struct ctx *c, const char *name)
{
    struct strbuf known = STRBUF_INIT;
    for (const struct route_param *rp = c->match.route->params; rp && rp->name; rp++)
        strbuf_addf(&known, "%s%s", known.len ? ", " : "; known are: ", rp->name);
    problem_field(&c->problem, 400, name, "there is no parameter %.100s here%s", name,
                  known.len ? known.buf : "");
    strbuf_release(&known);
    return -1;
}

static int check_value(struct ctx *c, const struct route_param *rp, const struct field *f)
{
    int64_t value;
    if (f->value_len == 0)
        return problem_field(&c->problem, 400, rp->name, "%s is empty; leave it out instead",
                             rp->name);
    if (rp->words) {
        if (strcmp(rp->words, "*") == 0 || is_word(rp->words, f->value, f->value_len))
            return 0;
        return problem_field(&c->problem, 400, rp->name, "%s must be one of: %s", rp->name,
                             rp->words);
    }
    if (parse_int64(f->value, f->value_len, &value) && value >= rp->low && value <= rp->high)
        return 0;
    if (rp->high == INT64_MAX)
        return problem_field(&c->problem, 400, rp->name, "%s must be a whole number from %lld on",
                             rp->name, (long long)rp->low);
    return problem_field(&c->problem, 400, rp->name, "%s must be a whole number from %lld to %lld",
                         rp->name, (long long)rp->low, (long long)rp->high);
}

int api_check_query(struct ctx *c)
{
    const struct fields *f = &c->req.query;
    for (size_t i = 0; i < f->count; i++) {
        const struct route_param *rp = find_param(c, f->items[i].name);
        if (!rp)
            return unknown_param(c, f->items[i].name);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(f->items[k].name, rp->name) == 0)
                return problem_field(&c->problem, 400, rp->name, "%s is given twice", rp->name);
        }
        if (check_value(c, rp, &f->items[i]) != 0)
            return -1;
    }
    return 0;
}

int64_t api_int(const struct ctx *c, const char *name)
{
    const struct route_param *rp = find_param(c, name);
    const char *text = request_query(&c->req, name);
    int64_t value = rp->otherwise;
    if (text && !parse_int64(text, strlen(text), &value))
        value = rp->otherwise;
    return value;
}

static void put_param(struct ctx *c, const struct route_param *rp, struct strbuf *out)
{
    const char *text = request_query(&c->req, rp->name);
    json_put_cstring(out, rp->name);
    strbuf_addc(out, ':');
    if (rp->words && text)
        json_put_cstring(out, text);
    else if (rp->words || api_int(c, rp->name) == INT64_MIN)
        strbuf_adds(out, "null");
    else
        strbuf_add_int(out, api_int(c, rp->name));
}

/* The view input with all parameters of the route. */
static const char *view_input(struct ctx *c, size_t *len)
{
    struct strbuf out = STRBUF_INIT;
    strbuf_addc(&out, '{');
    for (const struct route_param *rp = c->match.route->params; rp && rp->name; rp++) {
        if (out.len > 1)
            strbuf_addc(&out, ',');
        put_param(c, rp, &out);
    }
    strbuf_addc(&out, '}');
    const char *input = ctx_view_input(c, out.buf, len);
    strbuf_release(&out);
    return input;
}

int api_view(struct ctx *c)
{
    size_t len;
    struct params *p = ctx_params(c);
    const char *input = view_input(c, &len);
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

/* An empty list of something that does not exist is a 404. Of a list that belongs to nothing it is
 * the cursor that may not exist: another answer would look like the end. */
static int check_parent(struct ctx *c, const char *input, size_t len)
{
    const char *parent = c->match.route->title;
    if (!parent)
        return 0;
    struct params *p = ctx_params(c);
    params_textn(p, input, len);
    if (ctx_value(c, parent, p, NULL))
        return 0;
    if (c->problem.status != 404)
        return -1;
    return c->match.count ? ctx_missing(c, 1)
                          : problem_field(&c->problem, 400, "after",
                                          "after is no cursor of this list; begin it anew");
}

int api_list(struct ctx *c)
{
    size_t len;
    struct list l = {.body = &c->res->body, .limit = api_int(c, "limit")};
    const char *input = view_input(c, &len);
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

int api_key(struct ctx *c, const char **key)
{
    *key = request_param(&c->req, "HTTP_IDEMPOTENCY_KEY");
    if (*key && (strlen(*key) > API_KEY_MAX || !fields_is_text(*key, strlen(*key))))
        return problem_field(&c->problem, 400, "Idempotency-Key",
                             "an idempotency key is text of at most %d bytes", API_KEY_MAX);
    return 0;
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
