/*
 * request.h - one request: its method, its path in decoded segments, its query, headers and body.
 *
 * Everything is copied into the request's arena or belongs to the gateway until the request ends.
 * Limits are enforced here, so that handlers meet only bounded, valid text.
 */
#ifndef PAGES_REQUEST_H
#define PAGES_REQUEST_H

#include "arena.h"
#include "base.h"
#include "fields.h"
#include "gateway.h"
#include "problem.h"

#include <jansson.h>

/* Bits, so that a route can name several. */
enum {
    METHOD_GET = 1,
    METHOD_HEAD = 2,
    METHOD_POST = 4,
    METHOD_PUT = 8,
    METHOD_DELETE = 16,
    METHOD_PATCH = 32,
};

enum {
    REQUEST_BODY_MAX = 16 * 1024 * 1024,
    REQUEST_FIELDS_MAX = 10000,
    REQUEST_NAME_MAX = 2048,
    REQUEST_VALUE_MAX = 1024 * 1024,
    REQUEST_TARGET_MAX = 16384,
    REQUEST_QUERY_FIELDS = 100,
    REQUEST_QUERY_VALUE = 4096,
    REQUEST_SEGMENTS = 12,
    REQUEST_JSON_VALUES = 100000, /* values in a JSON body: they cost far more memory than bytes */
};

struct segment {
    const char *text; /* decoded, NUL-terminated */
    size_t len;
};

/* A request that we make of ourselves; texts that are NULL are absent. */
struct request_made {
    int method;
    const char *target;
    const char *type, *body; /* the body's content type, and its bytes */
    size_t body_len;
    const char *key, *range; /* headers: Idempotency-Key, Range */
};

struct request {
    struct gateway *gateway;
    const struct request_made *made; /* NULL: it came through the gateway */
    struct arena *arena;
    int method;         /* METHOD_...; 0: another one */
    const char *target; /* path and query, as sent */
    const char *path;   /* as sent, without the query */
    bool api;           /* answers are JSON, failures are problem+json */
    struct segment segments[REQUEST_SEGMENTS];
    size_t segment_count;
    struct fields query;
    const char *body; /* NULL: not read yet */
    size_t body_len;
    size_t body_at; /* what request_read has handed out of it */
};

/* Reads head and query. -1 with *p (400, 414). */
MUST_CHECK int request_init(struct request *rq, struct gateway *g, struct arena *a,
                            struct problem *p);

/* Reads a request of our own, made while `outer` is answered, from whom it has arena and gateway;
 * *made must outlive it. It has the headers that it was given and no others. -1 with *p as above.
 */
MUST_CHECK int request_make(struct request *rq, const struct request *outer,
                            const struct request_made *made, struct problem *p);

/* A FastCGI parameter, NULL when absent or empty. */
const char *request_param(const struct request *rq, const char *name);

/* A value of the query string, or NULL. */
const char *request_query(const struct request *rq, const char *name);

/* The length that the request announces for its body; -1: none, or not a number. */
int64_t request_length(const struct request *rq);

/* Reads the next bytes of the body as they arrive: how many, 0 at its end, -1 when the peer failed.
 */
ssize_t request_read(struct request *rq, void *buf, size_t len);

/* Reads the body as a form post: 413, 415, 400 in *p. */
MUST_CHECK int request_form(struct request *rq, struct fields *out, struct problem *p);

/* Reads the body as any JSON value, which the caller decrefs: NULL, with 413, 415, 400 in *p. */
MUST_CHECK json_t *request_value(struct request *rq, struct problem *p);

/* Reads the body as a JSON object, which the caller decrefs; an empty body is an empty object where
 * `optional`. 413, 415, 400 in *p. */
MUST_CHECK int request_json(struct request *rq, bool optional, json_t **out, struct problem *p);

#endif
