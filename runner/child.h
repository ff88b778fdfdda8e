/*
 * child.h - the program of a run while it lives, and how it is ended.
 *
 * Owns the process, its pipes (output.h), its time limits and the kill. It ends when the main
 * process has ended: what is in the pipes is read, whatever the program left behind is killed, the
 * rest is read for 2 s at most. What decides the run's status goes into the outcome, the first
 * thing first.
 */
#ifndef ATHANOR_CHILD_H
#define ATHANOR_CHILD_H

#include "base.h"
#include "journal.h"
#include "loop.h"
#include "messages.h"
#include "outcome.h"
#include "output.h"
#include "spawn.h"

enum { CHILD_DRAIN_MS = 2000, CHILD_MEASURE_MS = 500 };

struct child;

struct child_plan {
    struct spawn_request spawn;
    int64_t timeout_s, grace_s, memory_mb, cpu_s; /* 0: none, but for grace_s */
    const char *cgroup;                           /* "" for none */
    struct tail *tail;                            /* where what is read goes first */
};

struct child_events {
    void (*message)(void *arg, const struct message *m); /* progress and artifact */
    void (*ended)(void *arg); /* all is read, all are dead, the outcome is decided */
    void *arg;
};

/* Starts the program. `plan` need not outlive the call but for its strings. NULL when it cannot be
 * started. */
MUST_CHECK struct child *child_start(struct loop *l, const struct child_plan *plan,
                                     struct journal *j, struct outcome *o,
                                     const struct child_events *events, struct err *e);
void child_free(struct child *c);

struct output *child_output(struct child *c);
struct hearing *child_hearing(struct child *c);

/* Ends it for a reason: decides the outcome unless something has, sends SIGTERM to the process
 * group, and after the grace SIGKILL to the whole tree; `forced` skips the grace. `fmt` may be
 * NULL. */
void child_end(struct child *c, bool forced, enum outcome_event why, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Kills the tree now, without a word and without `ended`: the run is not ours any more. */
void child_abandon(struct child *c);

#endif
