/*
 * rundir.h - <state>/runs/RUN, the folder of a run while it is alive, and its lock.
 *
 * Whoever holds the flock on `lock` is the run's one writer on this host: the supervisor for life,
 * or whoever recovers the run. The lock file says who that is (or was), so that a daemon can watch
 * it and clean up behind it. The folder goes when the run has ended and everything is committed.
 */
#ifndef ATHANOR_RUNDIR_H
#define ATHANOR_RUNDIR_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

#include <sys/types.h>

enum { RUNDIR_COOKIE_SIZE = 33, RUNDIR_LOCK_WAIT_MS = 3000 };

struct rundir {
    int64_t run;
    char *path, *lock, *spool, *tail, *ending, *config, *work, *gone, *offer, *data;
};

void rundir_init(struct rundir *d, const char *state, int64_t run);
void rundir_release(struct rundir *d);

/* What the lock file says. */
struct rundir_owner {
    pid_t pid;
    char cookie[RUNDIR_COOKIE_SIZE]; /* in the environment of all that the run starts */
    char host[256];
    char cgroup[512]; /* the run's cgroup2 folder, or "" */
};

/* Makes the folder and takes the lock, waiting up to `wait_ms` since others look at it for moments.
 * Returns its descriptor (close ends it), or -1, ERR_CONFLICT when it is held. `make` false:
 * ERR_NOT_FOUND when there is no folder. */
MUST_CHECK int rundir_take(const struct rundir *d, bool make, int wait_ms, struct err *e);

MUST_CHECK int rundir_write_owner(int lock_fd, const struct rundir_owner *o, struct err *e);
MUST_CHECK int rundir_read_owner(const struct rundir *d, struct rundir_owner *o, struct err *e);

/* Writes a file of the folder, without syncing it: a run does not outlive its machine, so its files
 * need not. */
MUST_CHECK int rundir_write_file(const char *path, const struct strbuf *text, struct err *e);

/* Takes the working folder from its place, before the run is called ended: who is told of the end
 * finds it gone already. Its files, however many, are removed with the run's folder. */
void rundir_end_work(const struct rundir *d);

/* Whether somebody holds the lock: 1, 0, or -1. */
int rundir_is_held(const struct rundir *d);

/* The name of this host. */
void rundir_host(char out[256]);

#endif
