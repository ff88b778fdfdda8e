/*
 * cli.h - what all commands of `athanor` share: how it ends, and the state of one call.
 *
 * The client speaks to a site over HTTP alone. A command returns one of these codes; where it fails
 * it returns -1 with *e filled, and main says it and derives the code (cli_exit_code).
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

enum {
    CLI_COMPLETED = 0, /* done; a run that was waited for has completed */
    CLI_FAILED = 1,    /* the run has failed, or is gone */
    CLI_CANCELLED = 2, /* the run was cancelled */
    CLI_USAGE =
        3, /* wrong words, or the site refuses: unknown, not allowed, wrong values or state */
    CLI_CONNECTION = 4, /* no answer from the site, or none in time */
};

struct args;
struct http;
struct out;
struct settings;

struct cli {
    const struct args *args;
    struct settings *settings; /* NULL for a command that needs no site, as http is */
    struct http *http;
    struct out *out;
    struct strbuf problem; /* what the site has last said about a refusal, JSON; or empty */
};

typedef int cli_command(struct cli *cli, struct err *e);

/* Each command of the table in spec.c: returns an exit code, or -1. */
cli_command cmd_login, cmd_experiments, cmd_list, cmd_show, cmd_start, cmd_wait, cmd_tail,
    cmd_cancel, cmd_delete, cmd_promote, cmd_put, cmd_get, cmd_logs, cmd_search, cmd_help,
    cmd_version, cmd_completion;

/* The code of a failure. */
int cli_exit_code(enum err_code code);

#endif
