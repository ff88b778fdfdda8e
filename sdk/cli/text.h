/*
 * text.h - what an experiment or a site has said, made fit for a terminal.
 *
 * Nothing that it says may move a cursor, set a title or hide what stands before it. Sequences are
 * taken out (colours stay where they are wanted), other control characters and those that turn the
 * direction of writing are shown as \x07, \u202E. A TAB stays.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include "base.h"
#include "strbuf.h"

/* Appends one line of text. With `colours` the sequences ESC [ ... m stay, and are ended behind it.
 */
void text_put(struct strbuf *out, const char *s, size_t len, bool colours);

/* The same of a text that may have several lines: each further one stands below, four places in, so
 * that none passes for another text. */
void text_put_lines(struct strbuf *out, const char *s, size_t len, bool colours);

/* Appends JSON: its strings' DEL, C1 and direction characters as \u escapes, which mean the same.
 */
void text_put_json(struct strbuf *out, const char *s, size_t len);

/* Columns that it takes, about: characters but for those that combine; wide ones count as two. */
size_t text_width(const char *s, size_t len);

#endif
