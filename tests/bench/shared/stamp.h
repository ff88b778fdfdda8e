/*
 * stamp.h - the mark inside every message of a fan-out measurement: when it was made, and its
 * number.
 *
 *     @0000001234567890.0000000042@    microseconds of the monotonic clock; number
 *
 * No other @ may stand in a message. Publisher and reader run on one machine, so the clocks agree.
 */
#ifndef ATHANOR_BENCH_STAMP_H
#define ATHANOR_BENCH_STAMP_H

#include "base.h"

enum { STAMP_LEN = 29 };

struct stamp {
    int64_t us;
    int64_t seq;
};

/* Writes STAMP_LEN bytes, no NUL. */
void stamp_put(char *out, struct stamp s);

/* Finds the next stamp in [*at, end) and moves *at behind it. False when there is none. */
MUST_CHECK bool stamp_next(const char **at, const char *end, struct stamp *out);

#endif
