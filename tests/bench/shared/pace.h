/*
 * pace.h - when messages are due: evenly at a rate, in groups of those due within 5 ms.
 *
 * A value, nothing to free. It never drops a message that is late: lateness is measured instead.
 */
#ifndef ATHANOR_BENCH_PACE_H
#define ATHANOR_BENCH_PACE_H

#include "base.h"

enum { PACE_GROUP_US = 5000, PACE_GROUP_MOST = 1000 };

struct pace {
    double interval_us;
    int64_t begin_us, total, given, latest_us;
};

void pace_init(struct pace *p, double rate, int64_t total);

/* Sleeps until a message is due and tells how many are now (at least 1), or 0: all were given. */
MUST_CHECK int64_t pace_next(struct pace *p);

/* By how much a message was late at worst, and seconds since the beginning. */
int64_t pace_latest_us(const struct pace *p);
double pace_seconds(const struct pace *p);

#endif
