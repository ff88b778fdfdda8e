/*
 * lease.h - a supervisor's hold on its run: the heartbeat, and the ear for a cancel.
 *
 * Owns the timer. Every 3 s, on each connection and when `athanor_run_N` is notified, one statement
 * renews the heartbeat for this epoch and answers whether the run shall end. No row means that the
 * run is somebody else's. A lost database says nothing at all: the lease is what the database says,
 * whenever it can be asked.
 */
#ifndef ATHANOR_LEASE_H
#define ATHANOR_LEASE_H

#include "base.h"
#include "dba.h"
#include "loop.h"

enum { LEASE_EVERY_MS = 3000 };

struct lease;

struct lease_events {
    void (*renewed)(void *arg);
    void (*cancelled)(void *arg, bool forced); /* may be called again and again */
    void (*stale)(void *arg);                  /* once */
    void *arg;
};

MUST_CHECK struct lease *lease_new(struct loop *l, struct dba *db, int64_t run, int64_t epoch,
                                   const struct lease_events *events);
void lease_free(struct lease *l);

/* Asks now: connected again, or notified. */
void lease_check(struct lease *l);

/* What stands in the run's way is told with every heartbeat, and at once when it changes; NULL:
 * nothing does. The text is kept by copy. */
void lease_trouble(struct lease *l, const char *text);

#endif
