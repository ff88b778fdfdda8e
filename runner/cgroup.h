/*
 * cgroup.h - a cgroup2 of its own for a run, where the system lets us make one.
 *
 * It finds every process that the run started, whatever it did to hide, and kills all at once
 * (cgroup.kill). Where it cannot be made (no rights, no cgroup2) the path is "" and every function
 * is harmless.
 */
#ifndef ATHANOR_CGROUP_H
#define ATHANOR_CGROUP_H

#include "base.h"

/* Makes <our own cgroup>/athanor-<name>; `path` is "" when that cannot be done. */
void cgroup_make(const char *name, char *path, size_t size);

/* Its descriptor, for a child to be born in; -1 when there is none. */
int cgroup_open(const char *path);

/* How many processes are in it and below (zombies count); 0 without one. */
int cgroup_count(const char *path);

/* Kills all in it. False when that is not possible. */
bool cgroup_kill(const char *path);

/* Removes it; it must be empty. */
void cgroup_remove(const char *path);

#endif
