/*
 * help.h - the table of spec.h as help texts, as a manual page and as the completions of shells.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "out.h"
#include "spec.h"

/* All commands, and one of them, in full. */
void help_overview(struct out *out);
void help_command(struct out *out, const struct command *c);

/* "start [OPTION]... NAME [KEY=VALUE]..." */
void help_synopsis(struct strbuf *out, const struct command *c);

/* Words of up to `width` columns a line, each behind `indent` spaces; empty lines stay. */
void help_wrap(struct strbuf *out, const char *text, int indent, int width);

/* For man(1). */
void help_manual(struct strbuf *out);

void help_bash(struct strbuf *out);
void help_zsh(struct strbuf *out);

#endif
