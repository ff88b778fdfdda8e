/*
 * append.h - a batch as the parameters of the statement that appends it.
 *
 * Supervisor and recovery send the same statements: append_lines for the frequent batch of lines
 * alone, append_batch for one with anything else in it.
 */
#ifndef ATHANOR_APPEND_H
#define ATHANOR_APPEND_H

#include "base.h"
#include "batch.h"
#include "params.h"

/* Fills *p with the parameters of a sealed batch; returns the query's name. */
const char *append_params(struct params *p, const struct batch *b, int64_t epoch);

/* Whether what Postgres says of a batch is to blame on the batch itself, and not on a disk or a
 * quota that is full, a role that lost its rights, a statement that took too long: these pass. A
 * batch that is refused like this APPEND_REFUSALS times in a row will never be taken. */
enum { APPEND_REFUSALS = 5 };
bool append_is_final(const struct err *e);

#endif
