/*
 * schema.h - the `configuration` of an experiment's manifest, read once into a tree of fields.
 *
 * A schema lives in an arena and borrows texts and values from the manifest's jansson value, which
 * must outlive it. Reading checks the shape, so that validate.h and form.h meet only sound schemas:
 * known types, unique names of letters, digits and _, bounds that are numbers, at most SCHEMA_DEPTH
 * levels.
 */
#ifndef PAGES_SCHEMA_H
#define PAGES_SCHEMA_H

#include "arena.h"
#include "base.h"
#include "err.h"

#include <jansson.h>

enum { SCHEMA_DEPTH = 32, SCHEMA_FIELDS = 5000, SCHEMA_OPTIONS = 10000 };

enum schema_type {
    SCHEMA_INTEGER,
    SCHEMA_FLOAT,
    SCHEMA_STRING,
    SCHEMA_BOOLEAN,
    SCHEMA_ENUM,
    SCHEMA_GROUP,
    SCHEMA_LIST,
};

enum schema_format { SCHEMA_TEXT, SCHEMA_TEXTAREA, SCHEMA_URL, SCHEMA_EMAIL };

struct schema_option {
    const json_t *value; /* string, number or boolean */
    const char *label;
    bool available;
    const char *reason; /* why it is not; may be "" */
};

struct schema {
    struct schema_field *fields;
    size_t count;
};

struct schema_field {
    const char *name, *label, *description;
    enum schema_type type;
    enum schema_format format; /* of a string */
    bool required;
    const json_t *otherwise; /* the default, or NULL */
    const json_t *min, *max,
        *step; /* numbers, or NULL; of a string its length, of a list its items */
    const struct schema_option *options; /* of an enum */
    size_t option_count;
    struct schema fields; /* of a group or of a list's items */
};

/* Reads the array of fields (NULL or null: none). ERR_INVALID names the field that is wrong. */
MUST_CHECK int schema_read(struct schema *out, struct arena *a, const json_t *configuration,
                           struct err *e);

/* The text of an option's value or of any scalar, as a form shows and posts it; arena or borrowed.
 */
const char *schema_scalar_text(struct arena *a, const json_t *value);

#endif
