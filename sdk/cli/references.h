/*
 * references.h - the names of data sources in a configuration as references to their content.
 *
 * The site does the same when it stores an instance. Done here first, an instance with the same
 * content is found again, and a name that was uploaded anew makes another.
 */
#ifndef CLI_REFERENCES_H
#define CLI_REFERENCES_H

#include "cli.h"

#include <jansson.h>

/* Looks up each name in a field of the type data_source, in the project and then in none; one that
 * is not known stays, for the site to refuse it. */
MUST_CHECK int references_resolve(struct cli *cli, json_t *configuration, const json_t *fields,
                                  const char *project, struct err *e);

#endif
