#include "dispatch.h"

#include "api.h"
#include "log.h"
#include "page.h"
#include "routes.h"
#include "session.h"

#include <string.h>

static int ask_to_log_in(struct ctx *c)
{
    if (c->req.api)
        return session_refuse(c);
    struct strbuf where = STRBUF_INIT;
    strbuf_adds(&where, "/login");
    if (c->req.method == METHOD_GET && session_is_local(c->req.target)) {
        strbuf_adds(&where, "?next=");
        fields_put_escaped(&where, c->req.target, "/");
    }
    response_redirect(c->res, where.buf);
    strbuf_release(&where);
    return 0;
}

static int unknown_route(struct ctx *c)
{
    if (c->match.allowed == 0)
        return problem_set(&c->problem, 404, "there is nothing at this address");
    struct strbuf allow = STRBUF_INIT;
    router_put_methods(&allow, c->match.allowed);
    c->problem.allow = arena_strndup(c->arena, allow.buf, allow.len);
    strbuf_release(&allow);
    return problem_set(&c->problem, 405, "this address knows %s only", c->problem.allow);
}

static int check_scope(struct ctx *c)
{
    const struct route *r = c->match.route;
    if (r->scope == SCOPE_OPEN || ctx_may(c, r->scope))
        return 0;
    return problem_set(&c->problem, 403, "this needs the right to %s, which you do not have",
                       r->scope == SCOPE_RUN ? "run" : "administer");
}

static int serve(struct ctx *c)
{
    const struct route *r = c->match.route;
    if (strncmp(r->pattern, "/api/", 5) == 0 && api_check_query(c) != 0)
        return -1;
    c->problem.status = 0;
    return r->handler(c);
}

static int answer(struct ctx *c)
{
    bool changes = c->req.method != METHOD_GET && c->req.method != METHOD_HEAD;
    router_find(routes, routes_count, &c->req, &c->match);
    const struct route *r = c->match.route;
    int known = session_identify(c);
    if (!r)
        return unknown_route(c);
    if (r->scope != SCOPE_OPEN && known != 0)
        return -1;
    if (r->scope != SCOPE_OPEN && !c->user.id)
        return ask_to_log_in(c);
    if (check_scope(c) != 0 || (changes && session_check_origin(c) != 0))
        return -1;
    return serve(c);
}

int dispatch_within(struct ctx *c, const struct ctx *outer, const struct request_made *made,
                    struct response *res)
{
    *c = (struct ctx){.app = outer->app,
                      .arena = outer->arena,
                      .res = res,
                      .user = outer->user,
                      .stamp = outer->stamp};
    c->problem.arena = outer->arena;
    response_reset(res, NULL, false);
    if (request_make(&c->req, &outer->req, made, &c->problem) != 0)
        return -1;
    router_find(routes, routes_count, &c->req, &c->match);
    if (!c->match.route)
        return unknown_route(c);
    return check_scope(c) == 0 ? serve(c) : -1;
}

static void show_problem(struct ctx *c)
{
    response_restart(c->res, c->problem.status);
    if (c->req.api || page_wants_view(c))
        api_problem(c);
    else
        page_problem(c);
    if (c->problem.allow)
        response_header(c->res, "Allow", c->problem.allow);
    if (c->problem.status == 401)
        response_header(c->res, "WWW-Authenticate", "Bearer");
    if (c->problem.status == 503)
        response_header(c->res, "Retry-After", "2");
}

void dispatch(struct app *app, struct gateway *g)
{
    struct ctx c = {.app = app, .arena = app->arena, .res = &app->response};
    arena_reset(app->arena);
    c.problem.arena = app->arena;
    int rc = request_init(&c.req, g, app->arena, &c.problem);
    response_reset(c.res, g, c.req.method == METHOD_HEAD);
    if (rc == 0)
        rc = answer(&c);
    if (rc != 0 && c.res->started) {
        /* Too late for another answer: the connection ends short of its announced length. */
        if (!c.res->failed)
            log_warn("%s: broken off: %s", c.req.path, c.problem.detail ? c.problem.detail : "");
        return;
    }
    if (rc != 0)
        show_problem(&c);
    response_send(c.res);
}
