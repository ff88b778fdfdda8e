/*
 * output.h - what the program writes: stdout and stderr as lines, fd 3 as messages.
 *
 * Owns the three pipes' reading ends and what is unfinished in them. Lines go straight into the
 * journal; of messages only progress, artifact, complete and fail are handed on, the rest go into
 * the journal too. Reading can be paused: then the pipes fill and the program waits.
 */
#ifndef ATHANOR_OUTPUT_H
#define ATHANOR_OUTPUT_H

#include "base.h"
#include "journal.h"
#include "loop.h"
#include "messages.h"
#include "strbuf.h"

enum { OUTPUT_STREAMS = 3, OUTPUT_PREVIEW_MAX = 2000 };

struct output;

struct output_events {
    void (*message)(void *arg, const struct message *m); /* one that is not for the journal */
    void *arg;
};

/* `fds` are the reading ends of fds 1, 2, 3, non-blocking; they are closed by output_free. */
MUST_CHECK struct output *output_new(struct loop *l, const int fds[OUTPUT_STREAMS],
                                     struct journal *j, const struct output_events *events);
void output_free(struct output *o);

/* Reads once from each pipe that the loop found ready; to be called before the loop waits. */
void output_read(struct output *o);

void output_pause(struct output *o, bool pause);

/* Reads what is there now, `max` bytes of each at most. Returns whether all three pipes have ended.
 */
bool output_drain(struct output *o, size_t max);
bool output_has_ended(const struct output *o);

/* No more will be read: unfinished lines count as lines. */
void output_finish(struct output *o);

/* How often something was read so far. */
uint64_t output_reads(const struct output *o);

/* Appends the preview of the unfinished line that grew last; nothing when there is none. */
void output_preview(const struct output *o, struct strbuf *json);

#endif
