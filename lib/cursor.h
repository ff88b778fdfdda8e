/*
 * cursor.h - LINE.RECORD, the place in a run up to which a consumer has seen everything.
 *
 * Both are counts from 0. For many runs it is a vector: `7@1500.12,9@0.0`.
 */
#ifndef ATHANOR_CURSOR_H
#define ATHANOR_CURSOR_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

struct cursor {
    int64_t line;
    int64_t record;
};

struct cursor_run {
    int64_t run;
    struct cursor at;
};

enum { CURSOR_RUNS_MAX = 32 };

/* Parses `LINE.RECORD`, nothing before or behind. */
MUST_CHECK int cursor_parse(const char *s, size_t len, struct cursor *out, struct err *e);
void cursor_put(struct strbuf *out, struct cursor c);

/* Parses `RUN@LINE.RECORD,...` (or `RUN`, which stands at 0.0; empty is no run) into out[0..max),
 * in the order given. Returns how many, or -1: malformed, a run twice, or more than max. */
MUST_CHECK int cursor_vector_parse(const char *s, size_t len, struct cursor_run *out, int max,
                                   struct err *e);
void cursor_vector_put(struct strbuf *out, const struct cursor_run *runs, int count);

/* -1, 0, 1 by line, then record. */
int cursor_compare(struct cursor a, struct cursor b);

#endif
