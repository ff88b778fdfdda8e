/*
 * persist.h - brings sealed batches to Postgres, in order, once each.
 *
 * Owns every batch handed to it until it is committed, and the spool's reading side. A batch is
 * written to the spool before anything else. Up to two statements are under way; up to
 * PERSIST_MEMORY bytes wait in memory, and what comes behind those is read back from the spool when
 * its turn comes, so memory stays flat however long Postgres is away, and however large a record.
 * After anything but a plain success the run's head is read, what it covers is done, and the rest
 * is sent again.
 */
#ifndef ATHANOR_PERSIST_H
#define ATHANOR_PERSIST_H

#include "base.h"
#include "batch.h"
#include "dba.h"
#include "err.h"
#include "loop.h"
#include "spool.h"

enum {
    PERSIST_MEMORY = 1024 * 1024,     /* waiting in memory */
    PERSIST_BURST = 32 * 1024 * 1024, /* waiting in the spool while Postgres is there */
    PERSIST_FLIGHT = 2,
    PERSIST_LARGE = 2 * BATCH_FULL, /* a huge record: one at a time, and nothing more is read */
};

struct persist;

struct persist_events {
    void (*committed)(void *arg, const struct batch *b);
    /* Somebody else has ended the run: nothing more is taken. */
    void (*stale)(void *arg);
    /* Postgres is there and refuses what is in a batch: a defect, which must not keep the run for
     * ever. Whatever else it says is waited out. */
    void (*refused)(void *arg, const struct err *e);
    void *arg;
};

MUST_CHECK struct persist *persist_new(struct loop *l, struct dba *db, struct spool *spool,
                                       int64_t run, int64_t epoch, uint64_t quota,
                                       const struct persist_events *events);
void persist_free(struct persist *p);

/* Takes a sealed batch. */
void persist_submit(struct persist *p, struct batch *b);

/* The connection is there (again). */
void persist_up(struct persist *p);

/* Everything handed over is committed. */
bool persist_is_idle(const struct persist *p);

/* Everything handed over is in the spool, or committed. */
bool persist_is_safe(const struct persist *p);

/* No more should be read from the program for now. */
bool persist_is_full(const struct persist *p);

/* What stands in the way of all this now, and in words. */
enum persist_trouble { PERSIST_WELL, PERSIST_SPOOL, PERSIST_REFUSED, PERSIST_QUOTA };
enum persist_trouble persist_trouble(const struct persist *p, char *out, size_t size);

/* What is handed over now has to wait. */
bool persist_is_busy(const struct persist *p);

#endif
