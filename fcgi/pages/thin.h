/*
 * thin.h - fewer points that draw the same line: of each stretch the lowest and the highest stay.
 *
 * Points come as raw text `[step,value,ms]` in order and leave as the same bytes. The first and the
 * last always stay. A value that is no number (NaN and infinities are strings) stays only where a
 * stretch has no other.
 */
#ifndef PAGES_THIN_H
#define PAGES_THIN_H

#include "base.h"
#include "strbuf.h"

struct thin {
    struct strbuf *out; /* where the points go, divided by commas */
    int64_t total, stretches, index, stretch, written;
    bool all; /* few enough: nothing is left out */
    struct strbuf low, high, last;
    double low_value, high_value;
    int64_t low_index, high_index, last_index, written_index;
};

/* Of `total` points at most `points` (2 or more) are written; what comes beyond `total` is ignored.
 */
void thin_init(struct thin *t, struct strbuf *out, int64_t total, int64_t points);
void thin_add(struct thin *t, const char *point, size_t len);

/* Writes what is held back. */
void thin_end(struct thin *t);
void thin_release(struct thin *t);

#endif
