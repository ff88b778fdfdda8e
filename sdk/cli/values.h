/*
 * values.h - KEY=VALUE words as a configuration, by the experiment's schema.
 *
 * `fields` is the schema as the API gives it. What cannot be read as its type stays text, which the
 * site then refuses by its field's name; here only what has no place is refused.
 */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "base.h"
#include "err.h"

#include <jansson.h>

/* Puts the value of one word into the object: `size=64`, `api.url=...`, `pairs[0].left=1`,
 * `models=@models.json`, or `@all.json`, which replaces the whole (its members are set one by one).
 */
MUST_CHECK int values_set(json_t *configuration, const json_t *fields, const char *word,
                          struct err *e);

#endif
