/*
 * site.h - the whole: programs started stage by stage, kept alive, ended stage by stage.
 *
 * Owns the programs and the file of running ones (leftover.h). The launcher is a child subreaper,
 * so whatever a program leaves behind becomes its child: killed with the program, or, where the
 * table says `orphans keep`, asked to end when the program's turn to end has come.
 */
#ifndef LAUNCH_SITE_H
#define LAUNCH_SITE_H

#include "base.h"
#include "err.h"
#include "loop.h"
#include "program.h"
#include "table.h"

enum site_phase { SITE_STARTING, SITE_UP, SITE_ENDING, SITE_ENDED };

/* A program that dies this often before it was ready for the first time ends the site's start. */
enum { SITE_TRIES = 6 };

struct site {
    const struct table *table;
    struct loop *loop;
    struct terminal *terminal;
    struct program programs[TABLE_PROGRAMS_MAX];
    int count;
    enum site_phase phase;
    int stage;         /* the one that is being started, or ended */
    bool orphans_told; /* those of the present stop stage */
    int64_t ending_since_ms;
    int exit_status;
    struct loop_signal *child;
};

/* Opens all sockets and outputs; starts nothing. */
MUST_CHECK int site_init(struct site *s, const struct table *t, struct loop *l,
                         struct terminal *terminal, struct err *e);
void site_release(struct site *s);

/* Begins: the loop, run then, is stopped when the site has ended. */
void site_start(struct site *s);

/* Begins the end. Asked again more than a second later, it kills what the present stage waits for.
 */
void site_stop(struct site *s, int exit_status);

/* The program of that name, or NULL. */
struct program *site_find(struct site *s, const char *name);

/* Looks at what has changed; callers of program_start and program_stop call it after them. */
void site_update(struct site *s);

#endif
