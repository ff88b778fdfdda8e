/*
 * enroll.h - this daemon's row in `runners`: made or taken again on every connection, kept alive,
 * given up at the end.
 *
 * Owns the file <state>/runner.id (once.id), by which the next daemon of this state knows the row
 * again. Registering also tells how many connections the database takes, so the number of jobs is
 * checked here.
 */
#ifndef ATHANOR_ENROLL_H
#define ATHANOR_ENROLL_H

#include "base.h"
#include "daemon.h"
#include "dba.h"
#include "loop.h"

enum {
    ENROLL_BEAT_MS = 3000,
    ENROLL_KEPT = 20 /* connections for pages, events, ourselves and people */
};

struct enroll;

struct enroll_events {
    void (*enrolled)(void *arg, int64_t runner); /* on every connection */
    void (*refused)(
        void *arg); /* the jobs that were asked for are more than the database can hold */
    void *arg;
};

MUST_CHECK struct enroll *enroll_new(struct loop *l, struct dba *db,
                                     const struct daemon_options *options,
                                     const struct enroll_events *events);
void enroll_free(struct enroll *n);

/* The connection is there (again). */
void enroll_up(struct enroll *n);

/* Our row; 0 before there is one. */
int64_t enroll_runner(const struct enroll *n);

/* Tells the database that we leave and calls `done` when it knows; false when there is nothing to
 * tell or nobody to tell it to. */
bool enroll_leave(struct enroll *n, loop_cb *done, void *arg);

#endif
