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

#endif
