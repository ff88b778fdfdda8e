/*
 * manifest.h - experiment.json, read and checked.
 *
 * Owns the parsed manifest and what the runner needs of it. Every fault is an error that names the
 * field; nothing is guessed.
 */
#ifndef ATHANOR_MANIFEST_H
#define ATHANOR_MANIFEST_H

#include "base.h"
#include "err.h"
#include "schema.h"

#include <jansson.h>

enum {
    MANIFEST_MAX = 1024 * 1024,
    MANIFEST_GRACE_S = 10 /* where it says nothing */
};
#define MANIFEST_FILE "experiment.json"

struct manifest {
    json_t *root; /* owned; the strings below live in it */
    const char *name, *title, *description, *version;
    const json_t *command, *describe; /* lists of texts; describe may be NULL */
    const json_t *environment;        /* list of names, or NULL */
    struct arena *arena;              /* owned; the schema lives in it */
    struct schema configuration;
    int64_t timeout_s, grace_s; /* timeout 0: none */
    int64_t memory_mb, cpu_s;   /* 0: none */
};

/* Checks a parsed manifest of the folder called `folder` and takes `root` over, also on failure. */
MUST_CHECK struct manifest *manifest_check(json_t *root, const char *folder, struct err *e);
void manifest_free(struct manifest *m);

/* What has to be right before its describe command can be run: 1 if there is one, 0 if not. */
MUST_CHECK int manifest_has_describe(const json_t *root, struct err *e);

/* Reads <folder>/experiment.json. NULL with ERR_NOT_FOUND when there is none. */
MUST_CHECK json_t *manifest_read(const char *folder, struct err *e);

/* Lays `over`'s members over `root`'s (what a describe command printed), recursively for objects;
 * lists of objects that carry a name (fields) are merged by it. */
void manifest_merge(json_t *root, const json_t *over);

#endif
