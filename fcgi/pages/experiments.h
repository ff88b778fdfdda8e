/*
 * experiments.h - the schema of an experiment, for all that creates, changes or starts instances,
 * and for others' tools.
 */
#ifndef PAGES_EXPERIMENTS_H
#define PAGES_EXPERIMENTS_H

#include "ctx.h"
#include "schema.h"

/* Reads the experiment's manifest and schema; the caller decrefs *manifest, which the schema
 * borrows from. -1 with `status` in c->problem, naming the field `experiment`, where it is unknown
 * or broken. */
MUST_CHECK int experiments_schema(struct ctx *c, const char *name, int status, struct schema *out,
                                  json_t **manifest);

/* GET /api/v1/experiments/{name}/schema.json: as JSON Schema. 404 where it is unknown, 409 where it
 * is broken. */
int experiments_json_schema(struct ctx *c);

#endif
