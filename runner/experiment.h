/*
 * experiment.h - one experiment as it stands in its folder: manifest, content hash, what `describe`
 * said.
 *
 * Loading reads every file of the folder and may run the describe command, so it is done in a
 * process of its own (inspect.h), never in the daemon's.
 */
#ifndef ATHANOR_EXPERIMENT_H
#define ATHANOR_EXPERIMENT_H

#include "base.h"
#include "err.h"
#include "manifest.h"

enum {
    EXPERIMENT_DESCRIBE_S = 10,
    EXPERIMENT_FILES_MAX = 20000, /* in a folder, sub-folders included */
    EXPERIMENT_DEPTH_MAX = 16
};

struct experiment {
    char *folder; /* absolute */
    char *hash;   /* SHA-256 of the files, hex */
    struct manifest *manifest;
    bool retry;       /* on failure: trying again later may help (describe failed) */
    bool undescribed; /* on failure: describe would have to run */
};

enum experiment_use {
    EXPERIMENT_RUN, /* describe runs if what it says is not known */
    EXPERIMENT_KEPT /* it does not */
};

/* Loads a folder. `cache` is a folder for what describe printed, by hash, or NULL. On failure -1
 * with *e; folder, and hash where it could be made, are valid even then. Always ends with
 * experiment_release. */
MUST_CHECK int experiment_load(struct experiment *x, const char *folder, const char *cache,
                               enum experiment_use use, struct err *e);
void experiment_release(struct experiment *x);

/* Whether a folder has a manifest, of whatever kind: one that is no regular file is broken, and so
 * is a folder that we may not enter. */
bool experiment_is_there(const char *folder);

/* The folder of an experiment on a colon-separated search path; the first one counts. NULL when
 * there is none. free() it. */
char *experiment_find(const char *search_path, const char *name);

/* SHA-256 over names, modes and contents of the folder's files, hex. */
MUST_CHECK char *experiment_hash(const char *folder, struct err *e);

#endif
