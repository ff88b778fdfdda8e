/*
 * redis_link.h - one hiredis context on our loop; only redis.c includes it.
 *
 * Makes hiredis 0.14 safe to use: it frees a context by itself on any error, after it has called
 * back, and must not be freed from within its connect and disconnect callbacks. None of those is
 * set here. The link outlives the context, is told by hiredis' cleanup hook that it is gone, and
 * tells the owner when hiredis has returned.
 *
 * Owns the context and the watch of its socket. It frees itself: after `gone` was called, or some
 * time after redis_link_leave.
 */
#ifndef ATHANOR_REDIS_LINK_H
#define ATHANOR_REDIS_LINK_H

#include "base.h"
#include "err.h"
#include "loop.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

/* Called once, never from within hiredis, when the connection has ended; the link must not be used
 * again. */
typedef void redis_link_gone(void *owner, const struct err *why);

struct redis_link {
    redisAsyncContext *ac; /* NULL: gone */
    void *owner;           /* NULL: has left; replies that still come are for nobody */
    redis_link_gone *gone;
    struct loop_io *io;
    int watched;
    struct err why; /* how it ended */
};

/* Begins to connect. NULL with ERR_UNAVAILABLE if that fails at once. */
MUST_CHECK struct redis_link *redis_link_new(struct loop *l, const char *path,
                                             redis_link_gone *gone, void *owner, struct err *e);

/* Ends the connection for the reason given; `gone` is called before this returns, or, when this is
 * called from a reply's callback, soon after that has returned. */
void redis_link_drop(struct redis_link *k, const struct err *why);

/* The owner leaves: `gone` is not called any more. What was said last is still sent, as far as the
 * socket takes it at once. Allowed everywhere, within callbacks too. */
void redis_link_leave(struct redis_link *k);

/* Bytes that wait to be sent. */
size_t redis_link_backlog(const struct redis_link *k);

#endif
