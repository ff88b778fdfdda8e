/*
 * lost.h - proves that a run is lost, whoever's it was, and tells when it has fallen still.
 *
 * A run is lost when its heartbeat counter has stood still for `lost_after_s` of our own monotonic
 * clock, with every poll in that time answered. An outage of Postgres and a suspended machine
 * therefore only begin the wait anew.
 *
 * Long before that people may want to know. What a run's page says then (run_notice) follows from
 * times in the database; those who watch it are told to look again when it begins or ends.
 */
#ifndef ATHANOR_LOST_H
#define ATHANOR_LOST_H

#include "base.h"
#include "dba.h"
#include "loop.h"

enum { LOST_POLL_MS = 3000, LOST_STILL_MS = 10000 };

struct lost;

MUST_CHECK struct lost *lost_new(struct loop *l, struct dba *db, int64_t lost_after_s);
void lost_free(struct lost *x);

/* The connection was lost: nothing that was seen so far counts. */
void lost_reset(struct lost *x);

#endif
