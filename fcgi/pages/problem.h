/*
 * problem.h - what a request is answered with when it fails: a status, words, and what is to blame.
 *
 * A value beside the request; text lives in the request's arena. Handlers fill it and return -1;
 * the router's caller shows it as application/problem+json or as a page.
 */
#ifndef PAGES_PROBLEM_H
#define PAGES_PROBLEM_H

#include "arena.h"
#include "base.h"
#include "err.h"
#include "faults.h"
#include "strbuf.h"

struct problem {
    struct arena *arena;
    int status; /* 0: no problem */
    const char *detail;
    const char *field; /* NULL: none */
    const struct faults *faults;
    const char *allow; /* methods, for 405 */
    const char *more;  /* further members, as JSON text: "uses":[...] */
};

/* Each returns -1. */
int problem_set(struct problem *p, int status, const char *fmt, ...) PRINTF_LIKE(3, 4);
int problem_field(struct problem *p, int status, const char *field, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
int problem_faults(struct problem *p, int status, const struct faults *f, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* What was to be changed is not what the request's If-Match names: 412. */
int problem_changed(struct problem *p, const char *thing);

/* By the code of the error; what is our own defect or the server's is logged and told in general
 * words. `what` names what was being done. */
int problem_err(struct problem *p, const struct err *e, const char *what);

/* The words of a status ("Not Found"). */
const char *problem_title(int status);

/* Appends the problem+json text. */
void problem_json(const struct problem *p, struct strbuf *out);

#endif
