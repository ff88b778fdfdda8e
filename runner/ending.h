/*
 * ending.h - how a program ended, kept in the run's folder until Postgres knows.
 *
 * Written once all that the program said is in the spool: from then on the run's end is certain,
 * even if its supervisor is killed before it can tell.
 */
#ifndef ATHANOR_ENDING_H
#define ATHANOR_ENDING_H

#include "base.h"
#include "err.h"
#include "outcome.h"
#include "params.h"

MUST_CHECK int ending_write(const char *path, const struct outcome *o, struct err *e);

/* Reads it into an empty outcome. False when there is none (or it is torn). */
bool ending_read(const char *path, struct outcome *o);

/* The last five parameters of finish_run: status, reason, error, exit code, signal. */
void ending_params(struct params *p, const struct outcome *o);

#endif
