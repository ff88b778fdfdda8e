/*
 * router.h - from a method and a path to the row of the route table that answers.
 *
 * A pattern is a path of segments: `/runs/{id}`. Braces take one segment: a name that ends in `id`
 * or is `n` takes a positive 64-bit integer only, any other name takes any text. Words win over
 * braces. Knows nothing of what the handlers do.
 */
#ifndef PAGES_ROUTER_H
#define PAGES_ROUTER_H

#include "request.h"

enum { ROUTER_PARAMS = 3 };

struct ctx;
typedef int route_handler(struct ctx *c);

/* What a caller must be allowed. OPEN needs no login. */
enum route_scope { SCOPE_OPEN, SCOPE_READ, SCOPE_RUN, SCOPE_ADMIN };

/* One parameter of an API query: an integer within limits, or text of one of `words`. A route takes
 * no other parameters than these, each at most once. */
struct route_param {
    const char *name;  /* NULL ends a list */
    const char *words; /* space-separated; "*" any text; NULL: an integer */
    int64_t low, high;
    int64_t otherwise; /* when absent; INT64_MIN: none */
};

struct route {
    int methods; /* METHOD_GET stands for HEAD too */
    const char *pattern;
    enum route_scope scope;
    route_handler *handler;
    const char *query;                /* name of the SQL query that makes the view, or NULL */
    const char *template;             /* of a page */
    const char *title;                /* of a page whose view has none */
    const struct route_param *params; /* of an API route; NULL: none */
};

struct route_match {
    const struct route *route; /* NULL: no such path, or not with this method */
    int allowed;               /* the methods of all routes with this path */
    size_t count;
    const char *names[ROUTER_PARAMS]; /* within the pattern, up to its } */
    size_t name_lens[ROUTER_PARAMS];
    const char *texts[ROUTER_PARAMS];
    int64_t ids[ROUTER_PARAMS]; /* 0 for text */
};

void router_find(const struct route *routes, size_t count, const struct request *rq,
                 struct route_match *out);

/* Appends `GET, HEAD, POST` for an Allow header. */
void router_put_methods(struct strbuf *out, int methods);

#endif
