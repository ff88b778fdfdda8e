/*
 * json_text.h - how JSON text is made of bytes; shared by the files of json.h and by chunk.c.
 *
 * Owns nothing and allocates nothing. Every function looks at [s, end) only.
 */
#ifndef ATHANOR_JSON_TEXT_H
#define ATHANOR_JSON_TEXT_H

#include "base.h"

/* The bytes of U+FFFD, which stands for what cannot be kept. */
#define JSON_REPLACEMENT "\xEF\xBF\xBD"

/* The first byte that cannot stand unchanged in a JSON string: a quote, a backslash, a control
 * character, or where UTF-8 is invalid. `end` if there is none. */
const char *json_plain_span(const char *s, const char *end);

/* The length of the maximal invalid part that begins at s, where json_plain_span stopped at a byte
 * of 0x80 or more. At least 1. */
size_t json_invalid_part(const char *s, const char *end);

/* Replaces what is no UTF-8 in the `len` bytes at s by `with`, byte for byte, or takes it out where
 * `with` is 0. The new length; s[length] is 0 then. */
size_t json_mend(char *s, size_t len, char with);

/* Behind the white space at s. */
const char *json_skip_space(const char *s, const char *end);

/* Behind the number at s; NULL if there is none. */
const char *json_skip_number(const char *s, const char *end);

/* Behind the string at s (which must begin with a quote), its escapes not looked at; NULL if it has
 * no end. */
const char *json_skip_string(const char *s, const char *end);

/* Behind the value at s; NULL if there is none. Objects and arrays are checked for balance and for
 * depth only. `*type` is as in struct json_member; `*deep` tells that it nests deeper than
 * JSON_MAX_DEPTH, which is why there is none. */
const char *json_skip_value(const char *s, const char *end, char *type, bool *deep);

/* Reads the escape at s, a backslash, and returns its length (2, 6, or 12 for a surrogate pair), or
 * 0 if it is none. *code is the character, or 0xFFFD for a lone surrogate and for U+0000, and
 * *replaced tells that it was one of these. */
size_t json_read_escape(const char *s, const char *end, uint32_t *code, bool *replaced);

#endif
