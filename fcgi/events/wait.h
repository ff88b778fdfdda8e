/*
 * wait.h - GET /api/v1/runs/{id}/wait: held until the run has ended or the time is over, then
 * answered with the run's row. Owns who waits for a row.
 */
#ifndef ATHANOR_EVENTS_WAIT_H
#define ATHANOR_EVENTS_WAIT_H

#include "client.h"

struct waits;

MUST_CHECK struct waits *waits_new(struct hub *h);
void waits_free(struct waits *w);

/* A client that has joined begins to wait; leaves. */
void wait_begin(struct client *c, const struct request *r);
void wait_leave(struct client *c);

/* The run has ended or was deleted. */
void waits_run_ended(struct waits *w, struct run *run);

/* Asks for rows that could not be had before. */
void waits_retry(struct waits *w);

#endif
