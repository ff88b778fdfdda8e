/*
 * texts.h - the rules for texts that people name and describe things with: how long they may be,
 * and which characters change how the rest looks. Held to tests/shared/instance.json with `line`
 * and `lines` of static/js/validate.js.
 */
#ifndef PAGES_TEXTS_H
#define PAGES_TEXTS_H

#include "faults.h"

/* Adds the fault of `field` that a text of one line, or of many, has. `max` is in characters. */
void texts_check_line(struct faults *f, const char *field, const char *text, size_t max);
void texts_check_lines(struct faults *f, const char *field, const char *text, size_t max);

/* Whether nothing of a text (valid UTF-8) can be seen: white space of any kind, characters of no
 * width. */
bool texts_is_blank(const char *text);

/* The beginning of a text, at most `max` bytes of whole characters, for a sentence that names it. */
const char *texts_beginning(struct arena *a, const char *text, size_t max);

#endif
