/*
 * validate.h - whether a configuration fits its schema, and the configuration with its defaults
 * filled in.
 *
 * The same rules stand in static/js/validate.js; both are held to tests/shared/validate.json. What
 * is absent takes its default, and without one the empty value of its type (null for numbers and
 * enums, "" for text, false, [], a filled group). Null means empty: it takes no default.
 */
#ifndef PAGES_VALIDATE_H
#define PAGES_VALIDATE_H

#include "problem.h"
#include "schema.h"

/* Returns a new object in the order of the schema, which the caller decrefs. Faults are added to *f
 * by dotted path, beginning with `prefix` unless that is ""; what is wrong stays in the result as
 * it was given. */
MUST_CHECK json_t *validate(const struct schema *s, const json_t *value, const char *prefix,
                            struct faults *f);

#endif
