/*
 * spawn.h - from a program's table entry to a running process. Owns nothing.
 *
 * The child leads a session of its own in `folder`, with default signals, stdin /dev/null, `out` as
 * stdout and stderr (-1: the launcher's), `listen_fd` as fd 3 if it has one, and no other
 * descriptor; it gets the entry's `orphaned` signal when the launcher dies.
 */
#ifndef LAUNCH_SPAWN_H
#define LAUNCH_SPAWN_H

#include "err.h"
#include "table.h"

#include <sys/types.h>

/* Returns the pid, or -1 when there can be no process. A file that cannot be run ends the child
 * with 127. */
MUST_CHECK pid_t spawn(const struct table_program *spec, const char *folder, int out, int listen_fd,
                       struct err *e);

#endif
