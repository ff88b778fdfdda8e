/*
 * jobs.h - the supervisors of this host: started, adopted, and cleaned up behind.
 *
 * Owns the table of runs that have a process here. A run's folder whose lock is held has a live
 * supervisor, whoever started it; one whose lock is free has a dead one, and `athanor-runner
 * recover RUN` is started for it. Both are known at once when they end. One spare supervisor is
 * kept, connected already, so that a run begins without waiting for a process to load and log in.
 */
#ifndef ATHANOR_JOBS_H
#define ATHANOR_JOBS_H

#include "base.h"
#include "conf.h"
#include "err.h"
#include "loop.h"
#include "process.h"
#include "registry.h"

enum {
    JOBS_SPARE_MS = 25, /* from the start of one run until a new spare is made */
    JOBS_ATTEMPTS = 3,
    JOBS_PENDING = 3 /* exit status of recover: the run has not begun */
};

struct jobs;

struct jobs_events {
    void (*freed)(void *arg);                 /* something has ended */
    void (*released)(void *arg, int64_t run); /* it did not begin: it may be reserved anew */
    void (*hopeless)(void *arg, int64_t run,
                     const char *why); /* it did not begin JOBS_ATTEMPTS times */
    void *arg;
};

MUST_CHECK struct jobs *jobs_new(struct loop *l, struct processes *processes,
                                 const struct conf *conf, const char *config,
                                 const struct jobs_events *events);
void jobs_free(struct jobs *j); /* supervisors go on */

/* Starts the supervisor of a reserved run. */
MUST_CHECK int jobs_start(struct jobs *j, int64_t run, int64_t runner, const struct offered *x,
                          struct err *e);

/* Looks at all run folders: adopts live supervisors, recovers dead ones (while it stops, only the
 * former, who are told). */
void jobs_scan(struct jobs *j);

/* Runs that are alive here, and all processes, those that recover too. */
size_t jobs_running(const struct jobs *j);
size_t jobs_processes(const struct jobs *j);

/* The site stops: tells every supervisor, those too that have not been seen yet, and starts and
 * recovers nothing any more. Again: without grace. */
void jobs_stop(struct jobs *j);

#endif
