/*
 * multipart.h - a form with a file, multipart/form-data (RFC 7578), read as it arrives.
 *
 * Parts come one after the other: multipart_next goes to the next, multipart_read hands out its
 * content, of any size in bounded memory. What is left of a part is skipped.
 */
#ifndef PAGES_MULTIPART_H
#define PAGES_MULTIPART_H

#include "base.h"
#include "err.h"

#include <sys/types.h>

enum { MULTIPART_NAME = 256, MULTIPART_BOUNDARY = 70, MULTIPART_ROOM = 64 * 1024 };

struct multipart {
    /* Reads up to `len` bytes: how many, 0 at the end, -1 when the sender has failed. */
    ssize_t (*read)(void *arg, void *buf, size_t len);
    void *arg;
    char name[MULTIPART_NAME];      /* of the part at hand */
    char file_name[MULTIPART_NAME]; /* "" where it is no file */

    char mark[MULTIPART_BOUNDARY + 5]; /* CR LF -- boundary */
    size_t mark_len;
    size_t from, len; /* what lies in the room */
    bool ended, in_part;
    char room[MULTIPART_ROOM];
};

/* `type` is the request's Content-Type. ERR_INVALID when it is of another kind. */
MUST_CHECK int multipart_init(struct multipart *m, const char *type,
                              ssize_t (*read)(void *arg, void *buf, size_t len), void *arg,
                              struct err *e);

/* 1: there is a part; 0: that was all; -1: it is malformed, or was cut off. */
MUST_CHECK int multipart_next(struct multipart *m, struct err *e);

/* Reads of the part: how many bytes, 0 at its end, -1 when it was cut off. */
MUST_CHECK ssize_t multipart_read(struct multipart *m, void *buf, size_t len);

#endif
