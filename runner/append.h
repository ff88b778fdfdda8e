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

#endif
