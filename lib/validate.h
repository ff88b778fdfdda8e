/*
 * validate.h - whether a configuration fits its schema, and the configuration with its defaults
 * filled in.
 *
 * The same rules stand in static/js/validate.js; both are held to tests/shared/validate.json. What
 * is absent takes its default, and without one the empty value of its type (null for numbers, enums
 * and data, "" for text, false, [], a filled group). Null means empty: it takes no default. An
 * empty text or list meets every rule but `required`. More than VALIDATE_VALUES values are refused,
 * for defaults in nested lists can make many from few; browsers leave that to the server.
 */
#ifndef ATHANOR_VALIDATE_H
#define ATHANOR_VALIDATE_H

#include "faults.h"
#include "schema.h"

enum {
    VALIDATE_VALUES = 100000,
    VALIDATE_TEXT = 65536, /* bytes of one text */
    VALIDATE_OPTIONS = 20, /* that a fault names */
};

/* Returns a new object in the order of the schema, which the caller decrefs. Faults are added to *f
 * by dotted path, beginning with `prefix` unless that is ""; what is wrong stays in the result as
 * it was given. */
MUST_CHECK json_t *validate(const struct schema *s, const json_t *value, const char *prefix,
                            struct faults *f);

/* Adds a fault for each default that does not fit its own field. A default among the options that
 * are not available does: another machine may have it. */
void validate_defaults(const struct schema *s, const char *prefix, struct faults *f);

#endif
