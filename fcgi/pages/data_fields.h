/*
 * data_fields.h - the fields of type data_source in a configuration: what names a data source
 * becomes a reference to its content, and what a reference means is still there.
 */
#ifndef PAGES_DATA_FIELDS_H
#define PAGES_DATA_FIELDS_H

#include "ctx.h"
#include "schema.h"

enum { DATA_FIELDS_SOURCES = 500 }; /* that one configuration may name; more are a fault */

/* Goes through the values before validate does. A name of a data source of that project, or of
 * none, is replaced by its reference; a reference whose content nobody has is a fault, below
 * `prefix`. -1 with c->problem when the database fails. */
MUST_CHECK int data_fields_resolve(struct ctx *c, const struct schema *s, json_t *values,
                                   const char *project, const char *prefix, struct faults *f);

#endif
