/*
 * store.h - the store of files: every content once, named by its SHA-256 (blob.h).
 *
 * Owns <state>/artifacts, for one run at a time. A content that a run has put there is *held* by it
 * until its record is committed, through a second link in artifacts/held/RUN: the sweep (sweep.h)
 * removes a file only if no record refers to it and nobody holds it, so no record can ever name a
 * file that has gone, however long Postgres was away.
 */
#ifndef ATHANOR_STORE_H
#define ATHANOR_STORE_H

#include "base.h"
#include "blob.h"
#include "err.h"

#include <stdatomic.h>

struct store {
    char *root, *held; /* <state>/artifacts, and this run's folder below it */
    int64_t run;
};

void store_init(struct store *s, const char *state, int64_t run);
void store_release(struct store *s);

/* What was stored. */
struct stored {
    char sha256[BLOB_HASH_LEN + 1];
    int64_t size;
    bool changed; /* somebody wrote to the file while it was read */
};

/* Copies an open file of at most `limit` bytes into the store and holds it. May take long; gives up
 * soon after `*stop` was set. Everything is on the disk when it returns. Touches nothing but *s, so
 * it may run in a thread of its own, one a run. */
MUST_CHECK int store_put(const struct store *s, int fd, int64_t limit, const atomic_bool *stop,
                         struct stored *out, struct err *e);

/* The run's records are committed, or never will be: what it holds is let go. */
MUST_CHECK int store_let_go(const struct store *s, struct err *e);

#endif
