/*
 * describe.h - runs the manifest's describe command, which prints JSON to lay over the manifest.
 *
 * It runs with a run's privileges and environment in the experiment's folder, for at most 10 s and
 * 1 MiB of output; its whole tree is killed then. What it printed is kept by the content hash of
 * the folder.
 */
#ifndef ATHANOR_DESCRIBE_H
#define ATHANOR_DESCRIBE_H

#include "base.h"
#include "err.h"

#include <jansson.h>

/* What describe printed of these very files before; NULL when it is not known. */
MUST_CHECK json_t *describe_kept(const char *hash, const char *cache);

/* Runs the command: what it printed, an object. `cache` may be NULL. Waits: for a process of its
 * own only. */
MUST_CHECK json_t *describe(const char *folder, const json_t *manifest, const char *hash,
                            const char *cache, struct err *e);

#endif
