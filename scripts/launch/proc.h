/*
 * proc.h - what /proc tells about processes, as far as the launcher needs it. Owns nothing.
 */
#ifndef LAUNCH_PROC_H
#define LAUNCH_PROC_H

#include "base.h"

#include <sys/types.h>

struct proc_facts {
    pid_t pid, parent, group, session;
    uint64_t start; /* clock ticks since boot: with the pid it names a process for good */
    char state;     /* R S D Z ... */
};

/* Reads /proc/PID/stat. False when there is no such process. */
MUST_CHECK bool proc_read(pid_t pid, struct proc_facts *out);

/* Calls `each` for every process of this machine that can be read; `each` returns false to stop. */
typedef bool proc_each_fn(void *arg, const struct proc_facts *p);
void proc_each(proc_each_fn *each, void *arg);

/* Is the process' working folder `folder` or below it? False also when that may not be read. */
MUST_CHECK bool proc_works_in(pid_t pid, const char *folder);

/* Was the process started from this file, which may have been replaced since? */
MUST_CHECK bool proc_runs(pid_t pid, const char *file);

#endif
