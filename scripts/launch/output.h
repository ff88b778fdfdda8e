/*
 * output.h - what the programs say: to the terminal with their name before each line, and to a file
 * each.
 *
 * An output is one pipe that serves a program for the launcher's whole life: children of an earlier
 * start may go on writing to it. Its file is `<folder>/NAME.log`, moved to `.log.1` and `.log.2`
 * when it has grown over OUTPUT_FILE_MAX. The terminal never holds up a program: what it does not
 * take at once is left out, and the next line that it takes says how much was.
 */
#ifndef LAUNCH_OUTPUT_H
#define LAUNCH_OUTPUT_H

#include "base.h"
#include "err.h"
#include "loop.h"

enum { OUTPUT_FILE_MAX = 10 << 20, OUTPUT_LINE_MAX = 16384 };

struct terminal {
    int fd;          /* the caller's */
    int width;       /* of the longest name */
    int64_t skipped; /* lines left out since the last one that was shown */
};

struct output;

/* Shows one line of `name`. */
void terminal_line(struct terminal *t, const char *name, const char *text, size_t len);

/* Makes the pipe and opens the file. The terminal and the strings must outlive it. */
MUST_CHECK struct output *output_new(struct loop *l, struct terminal *t, const char *folder,
                                     const char *name, struct err *e);

/* Takes what is in the pipe and closes all. */
void output_free(struct output *o);

/* Takes what is in the pipe now. */
void output_drain(struct output *o);

/* The end of the pipe that a child writes to. */
int output_fd(const struct output *o);

#endif
