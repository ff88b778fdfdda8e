/*
 * watch.h - stays with a run until it ends, with a progress line on a terminal; what start --wait,
 * wait and tail -f share.
 *
 * Ctrl-C leaves the run alone and says how to end it, or cancels it (--cancel-on-interrupt).
 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "cli.h"
#include "cursor.h"

/* Returns the exit code that the end means, or -1. With `prints` the lines behind `from` go to
 * stdout, as printer.h puts them; else with --json the run's last row. */
MUST_CHECK int watch_run(struct cli *cli, int64_t run, bool prints, struct cursor from,
                         struct err *e);

#endif
