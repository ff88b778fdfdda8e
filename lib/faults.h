/*
 * faults.h - what is wrong with a set of values: each fault names its field and says why.
 *
 * A value of its own; texts live in the arena it was given. Holds the first FAULTS_MAX and drops
 * what comes after.
 */
#ifndef ATHANOR_FAULTS_H
#define ATHANOR_FAULTS_H

#include "arena.h"
#include "base.h"
#include "err.h"

/* One wrong value: the dotted path of its field, and what is wrong. */
struct fault {
    const char *field;
    const char *message;
};

enum { FAULTS_MAX = 1000 }; /* beyond it nobody reads on */

struct faults {
    struct arena *arena;
    struct fault items[FAULTS_MAX];
    size_t count;
};

void faults_init(struct faults *f, struct arena *a);
void faults_add(struct faults *f, const char *field, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The first message for that field, or NULL. */
const char *faults_find(const struct faults *f, const char *field);

/* 0 where there are none; else -1, and *e tells the first as err_path does. */
MUST_CHECK int faults_err(const struct faults *f, struct err *e);

#endif
