/*
 * sweep.h - removes files of the store that nobody refers to: `athanor-runner sweep`.
 *
 * It looks at contents whose references went with a deleted run, and each time at one of the 256
 * folders of the store for what nobody ever came to refer to. Under the store's lock a file goes if
 * no record names it and no run holds it; since a hold ends only behind the commit of its record, a
 * record that names a missing file cannot come to be. Runs that have ended hold nothing any more.
 * Uploads (fcgi/pages/data_upload.h) hold by the lock itself; what is left of one that was cut off
 * with its worker goes too.
 */
#ifndef ATHANOR_SWEEP_H
#define ATHANOR_SWEEP_H

#include "base.h"
#include "conf.h"
#include "loop.h"
#include "process.h"

enum {
    SWEEP_EVERY_MS = 20000, /* so that the whole store is seen in 85 minutes */
    SWEEP_FREED_MAX = 200,  /* contents of deleted runs a time */
    SWEEP_FOUND_MAX = 1000, /* files of the folder in turn a time */
    SWEEP_FRESH_S = 60,     /* for which an upload may be without its lock */
    SWEEP_AGE_S = 86400,    /* files of that folder are left alone until they are so old */
    SWEEP_LIMIT_S = 60,
};

/* The process: does it once. Returns the exit status; there is nothing wrong with a database that
 * is away or a store that is locked: it will be tried again. */
int sweep_main(const struct conf *conf);

/* The daemon's side: starts that process again and again, never two. */
struct sweeper;
MUST_CHECK struct sweeper *sweeper_new(struct loop *l, struct processes *processes,
                                       const char *config);
void sweeper_free(struct sweeper *s);

/* The database is there: from now on. Harmless to say again. */
void sweeper_start(struct sweeper *s);

#endif
