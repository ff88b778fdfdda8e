/*
 * response.h - one answer: status, headers and body in two buffers, or a stream behind a head.
 *
 * The buffers live as long as the worker and are reset for each request. Nothing is sent before
 * response_send or response_stream_begin, so a handler may change its mind until then. One without
 * a gateway is kept: what is streamed to it gathers in the body.
 */
#ifndef PAGES_RESPONSE_H
#define PAGES_RESPONSE_H

#include "base.h"
#include "gateway.h"
#include "strbuf.h"

struct response {
    struct gateway *gateway;
    int status;
    bool head_only; /* HEAD: the body is measured and not sent */
    bool started;   /* the head has been sent */
    bool failed;    /* the peer has gone, or the stream was broken off */
    const char *type;
    struct strbuf headers;
    struct strbuf body;
};

void response_init(struct response *rs);
void response_release(struct response *rs);

/* For the next request: status 200, no headers, empty body. */
void response_reset(struct response *rs, struct gateway *g, bool head_only);

/* Adds a header. Line breaks in the value become spaces, so no header can smuggle in another. */
void response_header(struct response *rs, const char *name, const char *value);
void response_headerf(struct response *rs, const char *name, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Forgets headers and body, keeps the request's settings: for an error instead of a half-made
 * answer. */
void response_restart(struct response *rs, int status);

/* 303 to a local path or absolute URL. */
void response_redirect(struct response *rs, const char *where);

/* Gives the body an ETag, and turns the answer into a 304 where `if_none_match` (may be NULL) has
 * it. */
void response_etag(struct response *rs, const char *if_none_match);

/* Sends head and body. */
void response_send(struct response *rs);

/* Sends the head of a body of `length` bytes (-1: unknown), which follows in pieces. */
void response_stream_begin(struct response *rs, int64_t length);

/* Sends a piece at once. -1 when the peer has gone: there is no use in going on. */
MUST_CHECK int response_stream(struct response *rs, const void *data, size_t len);

#endif
