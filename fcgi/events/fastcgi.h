/*
 * fastcgi.h - the FastCGI wire protocol, as much as a responder with one request a connection
 * needs.
 *
 * Reads bytes in pieces of any size and keeps only the request's parameters, at most
 * FASTCGI_PARAMS_MAX bytes; of a request that has more none are kept. A body is read and dropped.
 * Knows nothing of sockets. fastcgi_release frees the parameters.
 */
#ifndef ATHANOR_EVENTS_FASTCGI_H
#define ATHANOR_EVENTS_FASTCGI_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

enum fastcgi_type {
    FASTCGI_BEGIN_REQUEST = 1,
    FASTCGI_ABORT_REQUEST = 2,
    FASTCGI_END_REQUEST = 3,
    FASTCGI_PARAMS = 4,
    FASTCGI_STDIN = 5,
    FASTCGI_STDOUT = 6,
    FASTCGI_GET_VALUES = 9,
    FASTCGI_GET_VALUES_RESULT = 10,
    FASTCGI_UNKNOWN_TYPE = 11,
};

enum { FASTCGI_HEADER = 8, FASTCGI_CONTENT_MAX = 65535, FASTCGI_PARAMS_MAX = 16384 };

struct fastcgi {
    unsigned char header[FASTCGI_HEADER]; /* of the record that is being read */
    uint8_t header_len;
    uint8_t padding;    /* bytes of it still to come */
    uint16_t content;   /* bytes of it still to come */
    uint16_t begin_len; /* bytes of the BEGIN_REQUEST's body that were read */
    uint16_t request;   /* the id, 0 before it began */
    bool begun, params_done, stdin_done, aborted;
    bool too_large;       /* more parameters than are kept */
    struct strbuf params; /* raw name-value pairs */
    struct strbuf answer; /* to management records; the caller sends and empties it */
};

void fastcgi_init(struct fastcgi *f);
void fastcgi_release(struct fastcgi *f);

/* Reads the next bytes. -1 when they are not FastCGI (ERR_INVALID) or too much (ERR_LIMIT): hang
 * up. */
MUST_CHECK int fastcgi_feed(struct fastcgi *f, const char *data, size_t len, struct err *e);

/* The whole request is there, its body read. */
bool fastcgi_complete(const struct fastcgi *f);

/* Walks the parameters: *at begins at 0. 1 and the next pair (not NUL-terminated), 0 at the end, -1
 * when the lengths do not fit. */
MUST_CHECK int fastcgi_next_param(const struct fastcgi *f, size_t *at, const char **name,
                                  size_t *name_len, const char **value, size_t *value_len);

/* A record's header, without padding. */
void fastcgi_put_header(unsigned char out[FASTCGI_HEADER], enum fastcgi_type type, uint16_t request,
                        uint16_t content);

/* The END_REQUEST record of a request that went well: 16 bytes. */
enum { FASTCGI_END_LEN = 16 };
void fastcgi_put_end(unsigned char out[FASTCGI_END_LEN], uint16_t request);

#endif
