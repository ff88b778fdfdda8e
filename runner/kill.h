/*
 * kill.h - ends all that a run has started, and tells how.
 *
 * By cgroup.kill where the run has a cgroup, and by SIGKILL to every descendant (when the
 * supervisor is gone: to all that its daemon has inherited, and to every bearer of the run's
 * cookie), again and again until none is left.
 */
#ifndef ATHANOR_KILL_H
#define ATHANOR_KILL_H

#include "base.h"
#include "tree.h"

enum { KILL_PATIENCE_MS = 5000 };

struct kill_report {
    int processes;     /* found alive */
    int left;          /* still there when patience ended (stuck in the kernel) */
    int64_t ms;        /* until all were gone */
    const char *means; /* "cgroup.kill", "subreaper" or "cookie" */
};

/* `reap` is called between rounds to collect dead children, and returns whether any child is left;
 * NULL when the processes are not ours. */
void kill_all(const struct tree *t, const char *cgroup, bool (*reap)(void *arg), void *arg,
              struct kill_report *out);

#endif
