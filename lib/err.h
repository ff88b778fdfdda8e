/*
 * err.h - how a failure travels upwards.
 *
 * A function that can fail takes a `struct err *` last and returns -1 or NULL after filling it.
 * Callers add context on the way up with err_wrap; the top of a loop logs it once. The struct is a
 * value: it owns no memory and is never freed. Passing NULL is allowed everywhere and drops the
 * text.
 */
#ifndef ATHANOR_ERR_H
#define ATHANOR_ERR_H

#include "base.h"

enum err_code {
    ERR_NONE,
    ERR_INVALID,     /* what the caller gave is wrong; `field` may name it */
    ERR_NOT_FOUND,   /* the thing does not exist */
    ERR_CONFLICT,    /* the thing is in a state that forbids this */
    ERR_DENIED,      /* not allowed */
    ERR_LIMIT,       /* too large or too many */
    ERR_IO,          /* the operating system refused */
    ERR_UNAVAILABLE, /* a server that we need is away; trying again may help */
    ERR_TIMEOUT,     /* it took too long */
    ERR_INTERNAL,    /* a defect of ours */
};

struct err {
    enum err_code code;
    bool raw;       /* a server's own words: fit for the log, not for users */
    char field[96]; /* the name of what is to blame, or "" */
    char text[512]; /* lower case, no full stop; always terminated, cut between characters when too
                       long */
};

/* Fills *e; returns -1, so that `return err_set(e, ...)` works. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Like err_set, and names the field to blame. */
int err_field(struct err *e, const char *field, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Like err_field, with the text "PATH WHAT". Of a long path both keep the end, which says more,
 * behind "...". An empty path is left out. */
int err_path(struct err *e, const char *path, const char *what);

/* ERR_IO with ": " and strerror(errno) behind the text. Returns -1. */
int err_errno(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts the formatted words and ": " before the text that is there. Returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Makes *e say nothing. */
void err_clear(struct err *e);

#endif
