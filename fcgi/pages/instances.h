/*
 * instances.h - creating and changing instances: the rules, and the routes of the API.
 */
#ifndef PAGES_INSTANCES_H
#define PAGES_INSTANCES_H

#include "ctx.h"
#include "schema.h"

#include <jansson.h>

/* An instance as somebody wants it. Texts and the configuration are borrowed. */
struct instance_draft {
    const char *experiment, *name, *description, *project;
    json_t *configuration; /* checked: what validate returned */
};

enum {
    INSTANCES_NAME_MAX = 200, /* characters */
    INSTANCES_DESCRIPTION_MAX = 10000,
    INSTANCES_PROJECT_MAX = 100,
    INSTANCES_CONFIGURATION_MAX = 1024 * 1024, /* bytes of its JSON */
};

/* Adds faults of name, description and project: the rules of `line` and `lines` in
 * static/js/validate.js, held to tests/shared/instance.json with it. */
void instances_check_texts(const struct instance_draft *d, struct faults *f);

/* Adds a fault of the field `configuration` where that is too large as a whole. */
void instances_check_size(const json_t *configuration, struct faults *f);

/* Stores a new instance; with an idempotency key (may be NULL) *made is false where an earlier
 * request has made it. -1 with c->problem. */
MUST_CHECK int instances_add(struct ctx *c, const struct instance_draft *d, const char *key,
                             int64_t *id, bool *made);

/* Changes the instance `id` (its experiment stays); where `if_match` (may be NULL) holds the ETag
 * of another state than that of this moment, 412 in c->problem. *row, where not NULL, is the row as
 * the API shows it, in the arena. */
MUST_CHECK int instances_set(struct ctx *c, int64_t id, const struct instance_draft *d,
                             const char *if_match, const char **row);

/* Reads an instance; the caller decrefs d->configuration, the texts are in the arena. 404 in
 * c->problem. */
MUST_CHECK int instances_get(struct ctx *c, int64_t id, struct instance_draft *d);

/* POST /api/v1/experiments/{name}/validate: what is wrong with a configuration, without making
 * anything. */
int instances_api_check(struct ctx *c);

/* POST /api/v1/instances; PUT and DELETE /api/v1/instances/{id}. */
int instances_api_add(struct ctx *c);
int instances_api_set(struct ctx *c);
int instances_api_delete(struct ctx *c);

#endif
