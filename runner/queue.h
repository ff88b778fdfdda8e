/*
 * queue.h - takes pending runs and has them started.
 *
 * Asks when it is told that there is work, when a job has ended, and every second; reserves as many
 * as there is room for. A reservation lasts 15 s: long enough for a supervisor to claim the run,
 * short enough that nothing is stranded when this daemon dies in between.
 */
#ifndef ATHANOR_QUEUE_H
#define ATHANOR_QUEUE_H

#include "base.h"
#include "dba.h"
#include "jobs.h"
#include "loop.h"
#include "registry.h"

enum { QUEUE_POLL_MS = 1000 };

struct queue_events {
    loop_cb *empty; /* an answer said that nothing waits which we could run */
    void *arg;
};

struct queue;

MUST_CHECK struct queue *queue_new(struct loop *l, struct dba *db, struct jobs *jobs,
                                   const struct registry *registry, int64_t capacity,
                                   const struct queue_events *events);
void queue_free(struct queue *q);

/* This runner's id; 0: take nothing. */
void queue_set_runner(struct queue *q, int64_t runner);

/* There may be work, or room. */
void queue_wake(struct queue *q);

/* A run did not begin: it may be reserved again. */
void queue_release(struct queue *q, int64_t run);

/* A run can never begin. */
void queue_fail(struct queue *q, int64_t run, const char *why);

#endif
