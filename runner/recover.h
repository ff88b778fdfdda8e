/*
 * recover.h - `athanor-runner recover RUN [HOW]`: cleans up behind a supervisor that died.
 *
 * Holding the run's flock it kills what the run has left behind, bumps the epoch, ships what the
 * spool holds beyond the run's head and ends the run as failed, `lost`. It waits for Postgres as
 * long as it takes. A spool that nobody may append any more (the run was ended by others) is kept
 * under <state>/orphaned and mentioned.
 */
#ifndef ATHANOR_RECOVER_H
#define ATHANOR_RECOVER_H

#include "base.h"
#include "conf.h"

/* In the environment: the process id of the daemon, if nobody else's orphans can come to it. */
#define RECOVER_HEIR "ATHANOR_HEIR"

/* `how` the supervisor ended, in words, or "". Exit status 0, JOBS_PENDING when the run has not
 * begun, or 1. */
int recover_main(const struct conf *conf, int64_t run, const char *how);

#endif
