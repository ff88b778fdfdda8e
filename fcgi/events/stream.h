/*
 * stream.h - what an open stream is sent next.
 *
 * A stream is a client's subs, one a run. Each hands out the frames behind its cursor: from the
 * run's ring while it is there, else from a page, else it waits in the run's queue until one has
 * been read. Nothing is buffered a client; order and completeness come from the trails alone.
 */
#ifndef ATHANOR_EVENTS_STREAM_H
#define ATHANOR_EVENTS_STREAM_H

#include "client.h"

/* Gives the client its subs (runs known, in any state but RUN_ASKED) and greets it. */
void stream_open(struct client *c, const struct request *r);
void stream_close(struct client *c);

/* Where a run's stream begins for this request: the asked place, or the end when that is beyond it.
 */
struct cursor stream_start(const struct run *run, struct cursor asked, bool at_end);

/* Puts into the out what is to be sent next and fits; nothing when there is none. */
void stream_fill(struct client *c, struct out *o);

/* Something about the run has changed: its ring, its state, its progress or preview. `pages`: also
 * those that wait for a page should look again. */
void stream_wake(struct run *run, bool pages);

/* Milliseconds, evenly spread. */
int64_t stream_jitter(int64_t least, int64_t most);

#endif
