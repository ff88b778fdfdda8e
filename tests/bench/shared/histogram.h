/*
 * histogram.h - latencies in microseconds, counted in buckets that are 1/64 of their value wide.
 *
 * A value: nothing to free. Holds 0 to 2^36 us (19 hours); what lies outside counts at the rim. A
 * percentile is the upper end of its bucket, so it is never better than the truth and at most 1.6 %
 * worse.
 */
#ifndef ATHANOR_BENCH_HISTOGRAM_H
#define ATHANOR_BENCH_HISTOGRAM_H

#include "base.h"

enum { HISTOGRAM_SUB = 64, HISTOGRAM_BUCKETS = 32 * HISTOGRAM_SUB };

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    int64_t most;
};

void histogram_reset(struct histogram *h);
void histogram_add(struct histogram *h, int64_t us);

/* The value that `share` (0 to 1) of all do not exceed; 0 when there is none. */
int64_t histogram_at(const struct histogram *h, double share);

#endif
