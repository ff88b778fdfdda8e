/*
 * trouble.h - what stands in the way of a run: shown on it while it lasts, kept when it is over.
 *
 * Owns the words. They go out with the heartbeat (lease.h), so that whoever looks at the run sees
 * them within moments, and become an event `athanor.trouble` of the run once nothing has stood in
 * its way for TROUBLE_OVER_MS: what comes and goes is one trouble.
 */
#ifndef ATHANOR_TROUBLE_H
#define ATHANOR_TROUBLE_H

#include "base.h"
#include "journal.h"
#include "lease.h"

enum { TROUBLE_OVER_MS = 3000, TROUBLE_MAX = 600 };

struct trouble;

MUST_CHECK struct trouble *trouble_new(struct lease *lease, struct journal *journal);
void trouble_free(struct trouble *t);

/* How it stands at this moment: which trouble it is (0: none) and its words, of which the first of
 * a trouble are kept. Call it often. */
void trouble_see(struct trouble *t, int which, const char *text, int64_t now_ms);

/* The program has ended: what is in its way now is kept, and nothing that comes later. */
void trouble_close(struct trouble *t, int64_t now_ms);

#endif
