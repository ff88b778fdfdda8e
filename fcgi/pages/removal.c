#include "removal.h"

#include "json.h"
#include "page.h"
#include "runs.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

/* Renders the page that asks, with what stands in the way of a yes. */
static int ask(struct ctx *c, json_t *view, int status, const char *error)
{
    const struct route *r = c->match.route;
    if (error)
        json_object_set_new(view, "error", json_string(error));
    c->res->status = status;
    return page_render(c, r->template, r->title, view);
}

/* Names are shown with their white space run together, so they may be typed so. */
static bool same_words(const char *a, const char *b)
{
    static const char space[] = " \t";
    for (;;) {
        a += strspn(a, space);
        b += strspn(b, space);
        size_t len = strcspn(a, space);
        if (len != strcspn(b, space) || memcmp(a, b, len) != 0)
            return false;
        if (!len)
            return true;
        a += len;
        b += len;
    }
}

static int delete_instance(struct ctx *c)
{
    struct params *p = ctx_params(c);
    params_int(p, c->match.ids[0]);
    if (ctx_exec(c, "instance_delete", p) != 0)
        return -1;
    response_redirect(c->res, "/experiments");
    return 0;
}

int removal_instance(struct ctx *c)
{
    struct fields post;
    if (request_form(&c->req, &post, &c->problem) != 0)
        return -1;
    json_t *view = page_query(c, NULL);
    if (!view)
        return -1;
    const char *impossible = json_get_str(view, "impossible", NULL);
    const char *wanted = json_get_str(view, "typed", NULL), *typed = fields_get(&post, "name");
    int rc;
    if (impossible)
        rc = ask(c, view, 409, NULL);
    else if (wanted && (!typed || !same_words(typed, wanted)))
        rc = ask(c, view, 422, typed ? "This is not its name." : NULL);
    else
        rc = delete_instance(c);
    json_decref(view);
    return rc;
}

int removal_run(struct ctx *c)
{
    int64_t instance;
    if (runs_delete(c, c->match.ids[0], &instance) != 0)
        return -1;
    response_redirect(c->res, arena_printf(c->arena, "/experiments/%lld", (long long)instance));
    return 0;
}

struct choice {
    int64_t runs[REMOVAL_RUNS];
    size_t count;
    bool others; /* what fits the filters that were posted, instead */
};

/* Numbers with commas between them. */
static int choose(struct ctx *c, struct choice *chosen, const struct field *f)
{
    for (const char *at = f->value, *end = at + f->value_len; at <= end;) {
        size_t len = strcspn(at, ",");
        int64_t run;
        if (chosen->count == REMOVAL_RUNS)
            return problem_field(&c->problem, 422, "run", "at most %d runs at once", REMOVAL_RUNS);
        if (!parse_int64(at, len, &run) || run < 1)
            return problem_field(&c->problem, 422, "run", "must be the number of a run");
        chosen->runs[chosen->count++] = run;
        at += len + 1;
    }
    return 0;
}

/* The runs that were chosen; -1 with a problem when one is no number, or they are too many. */
static int read_choice(struct ctx *c, const struct fields *post, struct choice *chosen)
{
    chosen->count = 0;
    chosen->others = fields_get(post, "others") != NULL;
    for (size_t i = 0; i < post->count; i++) {
        const struct field *f = &post->items[i];
        bool one = strcmp(f->name, "run") == 0, many = strcmp(f->name, "runs") == 0;
        if ((one || many) && choose(c, chosen, f) != 0)
            return -1;
    }
    return 0;
}

/* The filters of a list, as the members of its query. */
static void put_filters(struct strbuf *out, const struct fields *post)
{
    static const char *const names[] = {"status", "experiment", "project", "instance"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char field[32];
        snprintf(field, sizeof(field), "fits_%s", names[i]);
        const char *value = fields_get(post, field);
        strbuf_addf(out, "%s\"%s\":", i ? "," : "", names[i]);
        json_put_cstring(out, value ? value : "");
    }
}

static int ask_about(struct ctx *c, const struct fields *post, const struct choice *chosen,
                     const char *action, const char *back)
{
    struct strbuf input = STRBUF_INIT;
    strbuf_addf(&input, "{\"most\":%d,\"action\":\"%s\",\"back\":", REMOVAL_RUNS, action);
    json_put_cstring(&input, back);
    if (chosen->others) {
        strbuf_adds(&input, ",\"fits\":{");
        put_filters(&input, post);
        strbuf_addc(&input, '}');
    }
    strbuf_adds(&input, ",\"runs\":[");
    for (size_t i = 0; i < chosen->count; i++)
        strbuf_addf(&input, "%s%lld", i ? "," : "", (long long)chosen->runs[i]);
    strbuf_adds(&input, "]}");
    json_t *view = page_query(c, input.buf);
    strbuf_release(&input);
    if (!view)
        return -1;
    int rc = page_answer(c, view);
    json_decref(view);
    return rc;
}

int removal_selection(struct ctx *c)
{
    static const struct {
        const char *name, *query;
    } actions[] = {{"cancel", "runs_cancel"}, {"delete", "runs_delete"}};
    struct fields post;
    size_t i = 0;
    struct choice *chosen = arena_alloc(c->arena, sizeof(*chosen));
    if (request_form(&c->req, &post, &c->problem) != 0 || read_choice(c, &post, chosen) != 0)
        return -1;
    const char *action = fields_get(&post, "action"), *back = fields_get(&post, "back");
    while (i < ARRAY_LEN(actions) && (!action || strcmp(actions[i].name, action) != 0))
        i++;
    if (i == ARRAY_LEN(actions))
        return problem_field(&c->problem, 422, "action", "must be cancel or delete");
    if (!session_is_local(back))
        back = "/runs";
    if ((chosen->count > 0 || chosen->others) && !fields_get(&post, "sure"))
        return ask_about(c, &post, chosen, action, back);
    struct params *p = ctx_params(c);
    params_int_array(p, chosen->runs, chosen->count);
    if (chosen->count > 0 && ctx_exec(c, actions[i].query, p) != 0)
        return -1;
    response_redirect(c->res, back);
    return 0;
}
