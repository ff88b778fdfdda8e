/*
 * leftover.h - processes that a launcher left behind because it was killed: found and ended at the
 * next start.
 *
 * Owns the file `<state>/programs`, one line `NAME PID START` for each running program, which
 * exists while a site runs. Called with the site's lock held, so whoever is in the file belongs to
 * nobody any more. Supervisors of runs have sessions of their own and are left alone: the runner
 * takes them over.
 */
#ifndef LAUNCH_LEFTOVER_H
#define LAUNCH_LEFTOVER_H

#include "base.h"
#include "err.h"

#include <sys/types.h>

struct leftover_entry {
    const char *name;
    pid_t pid;
};

/* Writes the file anew; `pid` 0 is left out. */
MUST_CHECK int leftover_write(const char *state, const struct leftover_entry *entries, size_t count,
                              struct err *e);

/* Removes the file. */
void leftover_forget(const char *state);

/* Ends what the file names, with the whole sessions of those that have ended (a master's workers):
 * SIGTERM, and SIGKILL after `patience_ms`. Returns how many processes there were, or -1 when some
 * will not go. */
MUST_CHECK int leftover_end(const char *state, int64_t patience_ms, struct err *e);

#endif
