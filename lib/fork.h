/*
 * fork.h - a child that no signal of its first moments gets past.
 */
#ifndef ATHANOR_FORK_H
#define ATHANOR_FORK_H

#include <sys/types.h>

/* fork(), with all signals blocked in the child: one that comes at once does not run the parent's
 * handlers there, which would swallow it, but waits until the child has put its own in their place
 * (or none) and lets signals through. */
pid_t fork_deaf(void);

#endif
