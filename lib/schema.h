/*
 * schema.h - the `configuration` of an experiment's manifest, checked and read into a tree of
 * fields.
 *
 * A schema lives in an arena and borrows texts and values from the manifest's jansson value, which
 * must outlive it. Whoever holds one holds a sound one: known types, unique names, bounds that fit
 * the type, options that a form can tell apart, at most SCHEMA_DEPTH levels. Whether the defaults
 * fit is for validate.h to say.
 */
#ifndef ATHANOR_SCHEMA_H
#define ATHANOR_SCHEMA_H

#include "arena.h"
#include "base.h"
#include "err.h"

#include <jansson.h>

enum {
    SCHEMA_DEPTH = 32,     /* groups and lists within each other */
    SCHEMA_FIELDS = 1000,  /* in all */
    SCHEMA_OPTIONS = 1000, /* of one enum */
    SCHEMA_NAME = 100,     /* bytes of a name */
    SCHEMA_VALUE = 1000,   /* bytes of an option's value */
    SCHEMA_WORDS = 10000,  /* bytes of a label or a description */
};

enum schema_type {
    SCHEMA_INTEGER,
    SCHEMA_FLOAT,
    SCHEMA_STRING,
    SCHEMA_BOOLEAN,
    SCHEMA_ENUM,
    SCHEMA_GROUP,
    SCHEMA_LIST,
    SCHEMA_DATA, /* one of its own options, or a reference to what was uploaded */
};

enum schema_format { SCHEMA_TEXT, SCHEMA_TEXTAREA, SCHEMA_URL, SCHEMA_EMAIL };

struct schema_option {
    const json_t *value; /* string, number or boolean */
    const char *label;
    bool available;
    const char *reason; /* why it is not */
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
    const struct schema_option *options; /* of an enum or of data */
    size_t option_count;
    struct schema fields; /* of a group or of a list's items */
};

/* Reads the array of fields (NULL: none). ERR_INVALID names what is wrong by its path, which begins
 * with "configuration". */
MUST_CHECK int schema_read(struct schema *out, struct arena *a, const json_t *configuration,
                           struct err *e);

/* Whether a text is a reference to an uploaded data source, NAME@sha256:HASH, and then where in it
 * the hash begins; NULL: it is none. */
const char *schema_reference(const char *text);

/* The field's own option that is this value, or NULL. */
const struct schema_option *schema_find_option(const struct schema_field *f, const json_t *value);

/* The words of a manifest: "integer", "textarea". */
const char *schema_type_name(enum schema_type type);
const char *schema_format_name(enum schema_format format);

/* The text of an option's value or of any scalar, as a form shows and posts it; arena or borrowed.
 */
const char *schema_scalar_text(struct arena *a, const json_t *value);

/* Whether it is a whole number: 64.0 is the same one as 64, JavaScript cannot tell them apart. */
bool schema_is_whole(const json_t *value);

/* Compares two numbers, also a whole one and a fraction, without loss: below, at or above 0. */
int schema_compare(const json_t *a, const json_t *b);

/* Whether value - base (NULL: 0) is a multiple of step: exactly where all are whole; decimal
 * fractions get the tolerance that binary ones need. */
bool schema_fits_step(const json_t *value, const json_t *base, const json_t *step);

#endif
