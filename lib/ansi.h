/*
 * ansi.h - the text of a log line as a person reads it: without the sequences by which programs
 * colour a terminal, move its cursor or set its title.
 *
 * static/js/run/ansi.js and visible_text() in SQL take out the same; tests/shared/ansi.json holds
 * the cases of all three.
 */
#ifndef ATHANOR_ANSI_H
#define ATHANOR_ANSI_H

#include "base.h"
#include "strbuf.h"

/* Behind the sequence that begins with the ESC at s, or NULL if it does not end within s..end. */
const char *ansi_sequence_end(const char *s, const char *end);

/* Appends `s` without its escape sequences. One that does not end within `s` is text. */
void ansi_strip(struct strbuf *out, const char *s, size_t len);

#endif
