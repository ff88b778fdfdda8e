/*
 * logs.h - GET /api/v1/runs/{id}/logs: chunks cut undecoded, or the lines that match a filter.
 */
#ifndef PAGES_LOGS_H
#define PAGES_LOGS_H

#include "ctx.h"

/* What is known of a log without reading it. */
struct log_head {
    int64_t lines, bytes;
    int64_t counts[4]; /* by level */
};

/* -1 with c->problem (404: no such run). */
MUST_CHECK int logs_head(struct ctx *c, int64_t run, struct log_head *out);

/* What a request filters by; NULL where it does not. -1 with c->problem. */
MUST_CHECK int logs_filter(struct ctx *c, const char **level, const char **q);

/* The window that a request asks for: lines after < n < before, the first or (`back`) the last
 * `limit` of them. */
struct log_window {
    int64_t after, before, limit;
    bool back;
};

/* Chunks, or matches if `level` or `q` is given. */
int logs_view(struct ctx *c);

#endif
