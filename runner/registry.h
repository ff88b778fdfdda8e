/*
 * registry.h - which experiments this runner has: found, checked, told to the database.
 *
 * Looks over the search path every 2 s by stat alone; a folder that is new or has changed is
 * inspected in a process of its own (inspect.h), two at a time. The first folder of a name on the
 * path counts.
 *
 * Describe commands run in further processes, so that they delay nobody else: two begin at a time,
 * and one that takes longer than a turn makes room for the next, up to a limit. One that ran out of
 * time before waits for a place of its own, until its folder changes.
 */
#ifndef ATHANOR_REGISTRY_H
#define ATHANOR_REGISTRY_H

#include "base.h"
#include "dba.h"
#include "loop.h"
#include "params.h"
#include "process.h"

#include <jansson.h>

enum { REGISTRY_EVERY_MS = 2000, REGISTRY_RETRY_MS = 60000, REGISTRY_INSPECTORS = 2 };
enum { REGISTRY_TURN_MS = 500, REGISTRY_DESCRIBERS = 8, REGISTRY_SLOW = 1 };

struct registry;

struct offered {
    const char *name, *folder, *hash;
    const json_t *manifest;
};

/* `config` is the settings' file (NULL: none), for the inspectors; `changed` is called when what is
 * offered has changed. */
MUST_CHECK struct registry *registry_new(struct loop *l, struct dba *db,
                                         struct processes *processes, const char *search_path,
                                         const char *config, loop_cb *changed, void *arg);
void registry_free(struct registry *r);

/* This runner's row is there (anew): tells the database everything. */
void registry_registered(struct registry *r, int64_t runner);

/* Every folder that was there at the first look has been inspected. */
bool registry_is_settled(const struct registry *r);

/* The sound experiment of this name; false when there is none. Valid until the loop goes on. */
bool registry_get(const struct registry *r, const char *name, struct offered *out);

/* Adds the names of all sound experiments as one parameter, an array. Returns how many. */
size_t registry_put_names(const struct registry *r, struct params *p);

#endif
