/*
 * lost.h - proves that a run is lost, whoever's it was.
 *
 * A run is lost when its heartbeat counter has stood still for `lost_after_s` of our own monotonic
 * clock, with every poll in that time answered. An outage of Postgres and a suspended machine
 * therefore only begin the wait anew.
 */
#ifndef ATHANOR_LOST_H
#define ATHANOR_LOST_H

#include "base.h"
#include "dba.h"
#include "loop.h"

enum { LOST_POLL_MS = 3000 };

struct lost;

MUST_CHECK struct lost *lost_new(struct loop *l, struct dba *db, int64_t lost_after_s);
void lost_free(struct lost *x);

/* The connection was lost: nothing that was seen so far counts. */
void lost_reset(struct lost *x);

#endif
