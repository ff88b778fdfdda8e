/*
 * merge.h - lines and records, each in its own order, become frames in the order of the run.
 *
 * That order is by (line, record): a record stands behind the line after which it was said and
 * before the next one. Lines are copied as raw text and never decoded. Owns nothing; what it is
 * given must stay until it returns.
 */
#ifndef ATHANOR_EVENTS_MERGE_H
#define ATHANOR_EVENTS_MERGE_H

#include "base.h"
#include "err.h"
#include "frame.h"
#include "trail.h"

struct merge_record {
    int64_t n, line;
    const char *text;
    size_t len;
};

struct merge {
    int64_t run;
    struct frame_pool *pool;
    const struct frame_part *chunks; /* bodies in the order of their lines */
    size_t chunk_count;
    const struct merge_record *records; /* in the order of n */
    size_t record_count;
    bool more_records; /* others behind these exist and may belong between the lines */
};

/* Lengthens `t`, from where it ends, by all that can be told from what is given; what lies before
 * is skipped. -1 when a text is broken or a number is missing; what was appended before stays. */
MUST_CHECK int merge(const struct merge *m, struct trail *t, struct err *e);

#endif
