/*
 * backoff.h - how long to wait before the next attempt to reach a server.
 *
 * Doubles from 100 ms to 2 s, less up to a quarter at random, so that many clients of one server do
 * not come back in step. A value: nothing to free.
 */
#ifndef ATHANOR_BACKOFF_H
#define ATHANOR_BACKOFF_H

#include "base.h"

enum { BACKOFF_FIRST_MS = 100, BACKOFF_MOST_MS = 2000 };

struct backoff {
    int64_t next_ms;
};

/* The next wait is `first_ms` long: 0 for an attempt at once, or BACKOFF_FIRST_MS. */
void backoff_reset(struct backoff *b, int64_t first_ms);

/* Milliseconds to wait before the next attempt. */
MUST_CHECK int64_t backoff_next(struct backoff *b);

#endif
