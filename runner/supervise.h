/*
 * supervise.h - `athanor-runner supervise RUN`: one run, one process, one loop.
 *
 * It takes the flock on the run's folder, claims the run, starts its program, brings what it says
 * to Postgres and Redis, and writes how it ended. It needs nobody: daemon, Redis and Postgres may
 * come and go.
 */
#ifndef ATHANOR_SUPERVISE_H
#define ATHANOR_SUPERVISE_H

#include "base.h"
#include "conf.h"

/* Returns the process's exit status: 0 when the run ended through it or was not its to take. */
int supervise_main(const struct conf *conf, int64_t run);

/* `athanor-runner supervise standby...`: a spare that is connected already and waits on stdin for
 * the number of its run and a newline, or for the end. `title` is the second word of the command
 * line, long enough for any number. */
#define SUPERVISE_STANDBY "standby-------------"
int supervise_standby(const struct conf *conf, char *title);

#endif
