/*
 * ctx.h - what a handler works with: the worker's lasting things, and the request at hand.
 *
 * A handler returns 0 when it has filled c->res (or streamed its answer), or -1 when c->problem
 * says why not. The arena, and all that came from it, ends with the request.
 */
#ifndef PAGES_CTX_H
#define PAGES_CTX_H

#include "arena.h"
#include "conf.h"
#include "db.h"
#include "kept.h"
#include "problem.h"
#include "request.h"
#include "response.h"
#include "router.h"
#include "stamp.h"
#include "template.h"
#include "version.h"

/* Made once a worker. */
struct app {
    const struct conf *conf;
    struct template_set *templates;
    const char *static_prefix; /* of versioned static addresses, no slash at the end */
    const char *const *query_folders;
    struct db *db; /* NULL while the database cannot be reached */
    bool lazy;     /* queries are prepared on first use */
    struct arena *arena;
    struct params *params;
    struct kept *kept; /* NULL: nothing is kept */
    struct stamp_seen seen;
    struct response response;
};

/* Who asks; id 0: nobody is logged in. */
struct user {
    int64_t id;
    const char *name, *role, *scope;
    const char *actor; /* "session 5" or "token 7" */
    bool by_cookie;
};

struct ctx {
    struct app *app;
    struct arena *arena;
    struct request req;
    struct response *res;
    struct problem problem;
    struct user user;
    const char *stamp; /* of the answer, but for the second; NULL: unknown */
    struct route_match match;
};

/* Whether the user's scope reaches `needed`. */
bool ctx_may(const struct ctx *c, enum route_scope needed);

/* The app's parameter builder, emptied: for the next query. */
struct params *ctx_params(struct ctx *c);

/* Runs a named query. NULL with c->problem filled; the caller frees the result. */
MUST_CHECK struct db_result *ctx_query(struct ctx *c, const char *name, struct params *p);

/* Says that the thing does not exist which the first `count` names of the path stand for: 404 with
 * words like "there is no record 3 of run 7". Returns -1. */
int ctx_missing(struct ctx *c, size_t count);

/* Runs a named query whose one row has one text: its copy in the arena. NULL with c->problem filled
 * (where there is no row as by ctx_missing, of the whole path). */
MUST_CHECK const char *ctx_value(struct ctx *c, const char *name, struct params *p, size_t *len);

/* Runs a named query row by row. -1 with c->problem filled. */
MUST_CHECK int ctx_each(struct ctx *c, const char *name, struct params *p, db_row_cb *each,
                        void *arg);

/* Runs a named query for its effect. */
MUST_CHECK int ctx_exec(struct ctx *c, const char *name, struct params *p);

/* The view input of a query: {"path","query","user"} as JSON text in the arena. `query` holds the
 * request's own, or, where not NULL, the checked values instead (the text of an object). */
const char *ctx_view_input(struct ctx *c, const char *query, size_t *len);

#endif
