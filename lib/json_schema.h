/*
 * json_schema.h - a schema as JSON Schema 2020-12, for tools that know nothing of ours.
 *
 * What it accepts is what validate.h accepts, but for what that language cannot say: the bytes of a
 * text and the number of all values are bounded by validate.h alone, and steps that count from a
 * `min` which is not itself a multiple of the step are told in a $comment (a short run of whole
 * numbers becomes an enum). Labels, descriptions and defaults are annotations.
 */
#ifndef ATHANOR_JSON_SCHEMA_H
#define ATHANOR_JSON_SCHEMA_H

#include "schema.h"

/* A new reference. `title` and `description` may be "". `a` holds texts only while this runs. */
MUST_CHECK json_t *json_schema_make(struct arena *a, const struct schema *s, const char *title,
                                    const char *description);

#endif
