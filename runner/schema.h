/*
 * schema.h - the `configuration` of a manifest: which fields an instance has, and whether values
 * fit them.
 *
 * Owns the rules for fields. Works on jansson values that belong to the caller. Errors name the
 * field by its path: configuration.api.key in a manifest, api.key or pairs.0.left in values.
 */
#ifndef ATHANOR_SCHEMA_H
#define ATHANOR_SCHEMA_H

#include "base.h"
#include "err.h"

#include <jansson.h>

enum {
    SCHEMA_DEPTH = 32,
    SCHEMA_FIELDS = 1000, /* in all */
    SCHEMA_OPTIONS = 1000,
    SCHEMA_ITEMS = 10000, /* in a list of values */
    SCHEMA_TEXT = 65536   /* bytes of a string value */
};

/* Checks the fields of a manifest (NULL: it has none). */
MUST_CHECK int schema_check(const json_t *fields, struct err *e);

/* Checks an instance's values; `fields` has passed schema_check. Where a value is absent and its
 * field has a default, the default is put in; *filled (may be NULL) tells whether that happened. */
MUST_CHECK int schema_check_values(const json_t *fields, json_t *values, bool *filled,
                                   struct err *e);

#endif
