/*
 * tree.h - the processes that a run has left or made: found in /proc, measured, killed.
 *
 * A process belongs to a run when it descends from the supervisor (who is their subreaper, so that
 * double-forked and setsid children come back to it), when its environment carries the run's
 * cookie, or when it is in the run's cgroup. What a supervisor leaves when it dies goes to its
 * daemon, the next subreaper, who has no other children than programs of ours. Owns nothing.
 */
#ifndef ATHANOR_TREE_H
#define ATHANOR_TREE_H

#include "base.h"

#include <sys/types.h>

#define TREE_COOKIE "ATHANOR_COOKIE"

struct tree_usage {
    int processes;
    int64_t memory; /* bytes resident, shared pages counted for each */
    int64_t cpu_ms; /* used by processes that are alive and by children they have waited for */
};

/* Whose processes: descendants of `ancestor`, children of `heir` that are another program than
 * ours, and their descendants (0: do not look), and those whose environment holds
 * ATHANOR_COOKIE=`cookie` (NULL: do not look). The caller itself never counts, zombies neither. */
struct tree {
    pid_t ancestor, heir;
    const char *cookie;
};

void tree_measure(const struct tree *t, struct tree_usage *out);

/* Sends a signal to each once. Returns how many there were. */
int tree_signal(const struct tree *t, int signo);

#endif
