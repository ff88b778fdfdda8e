/*
 * control.h - a unix socket (0600) through which a running launcher is asked: one line in, the
 * answer out, end.
 *
 *     status            a line a program: NAME STATE PID STARTS (PID 0: not running)
 *     stop NAME         ends a program and keeps it away
 *     start NAME        starts it again
 *     restart NAME      ends it as a death would, so that it comes back
 *
 * Answers `ok`, the lines asked for, or `error: WHY`. Of many who are connected and say nothing the
 * first is hung up on when another comes.
 */
#ifndef LAUNCH_CONTROL_H
#define LAUNCH_CONTROL_H

#include "base.h"
#include "err.h"
#include "loop.h"
#include "site.h"
#include "strbuf.h"

struct control;

/* Listens at `path`. The site must outlive it. */
MUST_CHECK struct control *control_new(struct loop *l, struct site *s, const char *path,
                                       struct err *e);
void control_free(struct control *c);

/* Carries out one line and appends the answer. */
void control_do(struct site *s, const char *line, struct strbuf *answer);

/* The other side: sends `line` to a launcher and appends what it answers. */
MUST_CHECK int control_ask(const char *path, const char *line, struct strbuf *answer,
                           struct err *e);

#endif
