/*
 * heads.h - one query, once a second and whenever there is a reason, for where all watched runs
 * stand.
 *
 * It is what makes the stream complete: whatever Redis has lost shows as a head that the ring does
 * not reach. Runs that have ended are asked for only when somebody joins or says so, and now and
 * then.
 */
#ifndef ATHANOR_EVENTS_HEADS_H
#define ATHANOR_EVENTS_HEADS_H

#include "hub.h"

struct heads;

MUST_CHECK struct heads *heads_new(struct hub *h);
void heads_free(struct heads *p);

/* Asks at once, or again when an answer is awaited. Returns the number of that round: its answer is
 * from after this call. */
uint64_t heads_soon(struct heads *p);

/* The last round that was answered. */
uint64_t heads_done(const struct heads *p);

/* Once a second. */
void heads_tick(struct heads *p);

#endif
