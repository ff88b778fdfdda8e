/*
 * api.h - what the resources of the JSON API share: answers, lists, checked parameters.
 */
#ifndef PAGES_API_H
#define PAGES_API_H

#include "ctx.h"

/* Ends an answer whose body is JSON: its type, caching and (for a GET) ETag. Returns 0. */
int api_json(struct ctx *c);

/* The handler of an API GET that one query answers: the route names the query, whose one row has
 * one JSON text. Its parameters are checked as the route says and handed over as view input, each
 * present, null when absent. */
int api_view(struct ctx *c);

/* The handler of a list. The query gets the same view input (with `limit`) and returns rows
 * (cursor, JSON) in the order of the list, one more than `limit` if it can; the answer is
 * {"items":[...],"next":...}. A page ends early when its text passes 8 MiB. A query that returns no
 * row at all may mean that its parent does not exist (or, where the path names none, what `after`
 * names): the route's `title` then names a query that answers one row if it does. */
int api_list(struct ctx *c);

/* Refuses a query that has other parameters than the route's, one of them twice, or a wrong value:
 * -1 with 400 that names it. Comes before the handler, which then finds only good ones. */
MUST_CHECK int api_check_query(struct ctx *c);

/* The value of an integer parameter of the route, in a checked query; its `otherwise` when absent.
 */
int64_t api_int(const struct ctx *c, const char *name);

/* The request's Idempotency-Key, NULL where it has none: -1 with 400 when it is no text or too
 * long. */
MUST_CHECK int api_key(struct ctx *c, const char **key);

/* Refuses members that the object may not have: -1 with 422. `names` is space-separated. */
MUST_CHECK int api_known_members(struct ctx *c, const json_t *object, const char *names);

/* Answers with the problem as application/problem+json, in place of whatever was made before. */
void api_problem(struct ctx *c);

enum { API_PAGE_BYTES = 8 * 1024 * 1024, API_KEY_MAX = 200 };

#endif
