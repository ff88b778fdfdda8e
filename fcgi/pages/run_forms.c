#include "run_forms.h"

#include "runs.h"

#include <string.h>

int run_forms_start(struct ctx *c)
{
    struct fields post;
    struct run_order o = {0};
    struct run_made run;
    if (request_form(&c->req, &post, &c->problem) != 0)
        return -1;
    const char *text = fields_get(&post, "priority");
    if (text && text[0] && !parse_int64(text, strlen(text), &o.priority))
        return problem_field(&c->problem, 422, "priority", "must be a whole number");
    if (runs_start(c, c->match.ids[0], &o, &run) != 0)
        return -1;
    response_redirect(c->res, arena_printf(c->arena, "/runs/%lld", (long long)run.id));
    return 0;
}

int run_forms_again(struct ctx *c)
{
    struct fields post;
    const struct run_order o = {0};
    struct run_made run;
    if (request_form(&c->req, &post, &c->problem) != 0 ||
        runs_again(c, c->match.ids[0], &o, &run) != 0)
        return -1;
    response_redirect(c->res, arena_printf(c->arena, "/runs/%lld", (long long)run.id));
    return 0;
}

int run_forms_cancel(struct ctx *c)
{
    struct fields post;
    int64_t run = c->match.ids[0];
    if (request_form(&c->req, &post, &c->problem) != 0)
        return -1;
    const char *force = fields_get(&post, "force");
    if (runs_cancel(c, run, force && strcmp(force, "1") == 0) != 0)
        return -1;
    response_redirect(c->res, arena_printf(c->arena, "/runs/%lld", (long long)run));
    return 0;
}
