/*
 * dispatch.h - one request from its head to its answer: route, login, rights, origin, handler,
 * errors.
 */
#ifndef PAGES_DISPATCH_H
#define PAGES_DISPATCH_H

#include "ctx.h"

/* Answers the request at hand in `g`; everything of it has been sent when this returns, but for
 * gateway_finish. */
void dispatch(struct app *app, struct gateway *g);

/* Answers a request of our own on behalf of the user of `outer`, by the same routes, rights and
 * handlers. Fills *c and *res, which the caller has initialised and releases; nothing is sent. 0,
 * or -1 with c->problem. */
MUST_CHECK int dispatch_within(struct ctx *c, const struct ctx *outer,
                               const struct request_made *made, struct response *res);

#endif
