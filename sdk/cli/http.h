/*
 * http.h - one request and its answer, over a connection that is kept; libcurl stands behind it and
 * nothing else knows.
 *
 * The token goes into a header of the site's own address alone: redirections are not followed. A
 * request ends early when Ctrl-C was caught (interrupt.h).
 */
#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include "base.h"
#include "err.h"
#include "settings.h"
#include "strbuf.h"

#include <stdio.h>

struct http;

/* Takes the bytes of a good answer as they come, whose status stands in the answer; -1 ends the
 * request. */
typedef int http_sink(void *arg, const char *bytes, size_t len);

/* Told now and then while bytes go out. */
typedef void http_sent(void *arg, int64_t bytes, int64_t total);

struct http_request {
    const char *method;     /* GET where NULL */
    const char *path;       /* escaped, with its query: "/api/v1/runs?limit=3" */
    const char *body;       /* JSON, or NULL */
    const char *headers[4]; /* further ones, "Name: value" */
    FILE *upload;           /* in place of the body; of `upload_size` bytes, or -1 */
    int64_t upload_size;
    http_sent *sent;
    void *sent_arg;
    http_sink *sink; /* in place of answer.body, when the status is 200 or 206 */
    void *sink_arg;
    int64_t silence_s;   /* an answer that is quiet for longer is broken off (60 where 0) */
    int64_t deadline_ms; /* by the monotonic clock; 0: none */
};

struct http_answer {
    int status;
    struct strbuf body;
    char etag[128];
    int64_t retry_after_s; /* or -1 */
    bool is_away;          /* nginx answered a stream in place of the relay */
    bool was_sent;         /* the site may have got the request, also when there is no answer */
};

MUST_CHECK struct http *http_new(const struct settings *s, struct err *e);
void http_free(struct http *h);

/* Appends the text as part of an address. */
void http_escape(struct strbuf *out, const char *text);

/* 0 when an answer has come to its end, whatever its status; else -1: ERR_UNAVAILABLE, ERR_TIMEOUT
 * after the deadline, ERR_IO when the sink broke it off. The answer is emptied first; release it
 * with http_answer_release in any case. */
MUST_CHECK int http_perform(struct http *h, const struct http_request *r, struct http_answer *a,
                            struct err *e);

void http_answer_init(struct http_answer *a);
void http_answer_release(struct http_answer *a);

#endif
