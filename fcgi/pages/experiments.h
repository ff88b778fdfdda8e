/*
 * experiments.h - the schema of an experiment, for all that creates, changes or starts instances.
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

#endif
