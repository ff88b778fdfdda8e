/*
 * show.h - one thing, as lines of a name and a value.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "cli.h"

/* The fields of an experiment's configuration. Returns an exit code, or -1. */
MUST_CHECK int show_experiment(struct cli *cli, const char *name, struct err *e);

/* GET /experiments/{name} into *a. ERR_NOT_FOUND says that there is none. */
struct api_answer;
MUST_CHECK int show_get_experiment(struct cli *cli, const char *name, struct api_answer *a,
                                   struct err *e);

#endif
