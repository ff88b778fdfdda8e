/*
 * output.h - the pipes of a program: read in order, recorded, passed on to be heard.
 *
 * Owns the reading ends of fds 1, 2 and 3. What is read goes to the tail file before anything else,
 * then to hearing.h. Reading can be paused: then the pipes fill and the program waits.
 */
#ifndef ATHANOR_OUTPUT_H
#define ATHANOR_OUTPUT_H

#include "base.h"
#include "hearing.h"
#include "journal.h"
#include "loop.h"
#include "tail.h"

struct output;

/* `fds` are non-blocking and are closed by output_free. `tail` may be NULL. */
MUST_CHECK struct output *output_new(struct loop *l, const int fds[HEARING_STREAMS],
                                     struct journal *j, struct hearing *h, struct tail *tail);
void output_free(struct output *o);

/* Reads once from each pipe that the loop found ready; to be called before the loop waits. */
void output_read(struct output *o);

void output_pause(struct output *o, bool pause);

/* Reads what is there now, `max` bytes of each at most. Returns whether all three pipes have ended.
 */
bool output_drain(struct output *o, size_t max);

/* How often something was read so far. */
uint64_t output_reads(const struct output *o);

#endif
