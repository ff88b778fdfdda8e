/*
 * form.h - what a browser posts, read by a schema into a configuration.
 *
 * Fields are named by dotted paths below a prefix: configuration.size, configuration.api.key,
 * configuration.pairs.0.left. The indices of a list's items only order them; gaps are closed.
 * Nothing is judged here: what cannot be read as its type stays text, and validate.h says that it
 * is wrong. The browser reads what was typed in the same way (static/js/form/typed.js); both are
 * held to tests/shared/typed.json.
 */
#ifndef PAGES_FORM_H
#define PAGES_FORM_H

#include "fields.h"
#include "schema.h"

#include <jansson.h>

struct form_input {
    json_t *typed;  /* as typed: texts, and booleans for checkboxes; of the shape of the schema */
    json_t *values; /* the same as configuration: numbers read, cleared fields null */
    bool too_many;  /* a list's items, each with all its fields, make more than VALIDATE_VALUES
                       values;  the rest was not read */
};

/* Reads sorted fields. Both values are new references. */
void form_read(const struct schema *s, struct fields *sorted, const char *prefix,
               struct form_input *out);

/* The name of a field below the prefix that form_read did not know, or NULL. */
const char *form_unknown(const struct fields *f, const char *prefix);

#endif
