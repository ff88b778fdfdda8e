/*
 * request.h - what a request asks for, read from its method, path, query string and Last-Event-ID.
 *
 * Pure: owns nothing, asks nobody. Every input is bounded by its caller.
 */
#ifndef ATHANOR_EVENTS_REQUEST_H
#define ATHANOR_EVENTS_REQUEST_H

#include "base.h"
#include "cursor.h"
#include "err.h"
#include "strbuf.h"

enum request_kind {
    REQUEST_RUN,     /* GET /runs/7/events */
    REQUEST_MANY,    /* GET /events?runs=7@1500.12,9@0.0 */
    REQUEST_WAIT,    /* GET /api/v1/runs/7/wait?timeout_s=30; framed as /_mcp/runs/7/wait */
    REQUEST_METRICS, /* GET /events/metrics */
};

struct request_text {
    const char *data;
    size_t len;
};

struct request_input {
    struct request_text method, path, query, last_event_id; /* absent: len 0 */
};

enum { REQUEST_WAIT_DEFAULT_S = 30, REQUEST_WAIT_MAX_S = 300, REQUEST_QUERY_MAX = 4096 };

struct request {
    enum request_kind kind;
    struct cursor_run runs[CURSOR_RUNS_MAX];
    int count;
    bool at_end;    /* from=end: live only */
    bool returning; /* it has been here before: an id was sent along */
    bool framed;    /* the row of a wait is put between the parts that its query holds */
    int64_t timeout_s;
};

/* Returns 0, or the HTTP status of the answer (400, 404, 405) with *e filled. */
MUST_CHECK int request_parse(const struct request_input *in, struct request *out, struct err *e);

/* Appends the row of a framed wait with what its query has around it: `head`, the row as a JSON
 * string, `middle`, the row as it is, `tail`. */
void request_put_framed(struct strbuf *out, const char *query, const char *row, size_t len);

#endif
