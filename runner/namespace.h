/*
 * namespace.h - a run in a PID namespace of its own: when its first process goes, the kernel takes
 * the rest.
 *
 * An opt-in of the runner (pid_namespace). The first process of the namespace is ours: it starts
 * the program, collects orphans, tells how the program ended and leaves, and with it goes
 * everything that was started. The program sees a /proc of its own. As an ordinary user a user
 * namespace comes with it, in which the user is himself.
 */
#ifndef ATHANOR_NAMESPACE_H
#define ATHANOR_NAMESPACE_H

#include "base.h"

#include <sys/types.h>

/* The flags for clone3. */
uint64_t namespace_flags(void);

/* Who we are outside; to be asked before the clone. */
struct namespace_owner {
    uid_t uid;
    gid_t gid;
    bool mapped; /* a user namespace comes with it */
};
void namespace_owner(struct namespace_owner *o);

/* To be called by the first process: sets the namespaces up and forks. Returns true in the
 * program's process; false with errno when it cannot be done. The first process stays inside; it
 * writes the program's wait status (an int) to status_fd. */
MUST_CHECK bool namespace_enter(const struct namespace_owner *o, int status_fd);

#endif
