/*
 * catchup.h - reads from Postgres what clients, or a ring, have missed.
 *
 * Runs that need a read stand in one line and are served in turn, one bounded page each, few at a
 * time; a page is kept, and everybody whose place lies on it goes on from it. Owns the line and
 * nothing else.
 */
#ifndef ATHANOR_EVENTS_CATCHUP_H
#define ATHANOR_EVENTS_CATCHUP_H

#include "client.h"

struct catchup;

MUST_CHECK struct catchup *catchup_new(struct hub *h);
void catchup_free(struct catchup *c);

/* The sub needs what lies behind its cursor. */
void catchup_want(struct catchup *c, struct sub *s);

/* The ring does not reach its run's head. */
void catchup_ring(struct catchup *c, struct run *run);

/* The ring has grown by itself: its old part may go, and who waits should look again. */
void catchup_advanced(struct catchup *c, struct run *run);

/* Starts what can be started. */
void catchup_pump(struct catchup *c);

/* Once a second: reads that brought nothing are tried again. */
void catchup_tick(struct catchup *c);

#endif
