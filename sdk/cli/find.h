/*
 * find.h - what a name of the command line means.
 *
 * Each answers the thing's row as the API gives it, in JSON.
 */
#ifndef CLI_FIND_H
#define CLI_FIND_H

#include "cli.h"
#include "doc.h"

/* An instance by its id or its name. 1, 0 where there is none, -1; several of that name are
 * ERR_CONFLICT, which lists them. */
MUST_CHECK int find_instance(struct cli *cli, const char *name, struct strbuf *row, struct err *e);

/* The same; none is ERR_NOT_FOUND. */
MUST_CHECK int find_known_instance(struct cli *cli, const char *name, struct strbuf *row,
                                   struct err *e);

/* A run by its id, as INSTANCE#NUMBER, or INSTANCE for its newest. ERR_NOT_FOUND where there is
 * none. */
MUST_CHECK int find_run(struct cli *cli, const char *name, struct strbuf *row, struct err *e);

/* The run's id alone: what is one is not looked up. -1 on failure. */
MUST_CHECK int64_t find_run_id(struct cli *cli, const char *name, struct err *e);

#endif
