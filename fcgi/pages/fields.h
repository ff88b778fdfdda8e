/*
 * fields.h - names and values as browsers send them: query strings, form posts, cookies.
 *
 * Everything is decoded into the caller's arena, NUL-terminated, valid UTF-8 and free of NULs.
 * Order is kept; where a name stands several times the last one counts (a checkbox behind its
 * hidden companion).
 */
#ifndef PAGES_FIELDS_H
#define PAGES_FIELDS_H

#include "arena.h"
#include "base.h"
#include "err.h"
#include "strbuf.h"

struct field {
    const char *name, *value;
    size_t name_len, value_len;
    size_t order; /* place in the input */
    bool used;    /* for the reader of a form: which ones it knew */
};

struct fields {
    struct field *items;
    size_t count;
};

struct fields_limits {
    size_t count, name, value; /* how many; bytes of a name; bytes of a value */
};

/* Decodes NAME=VALUE&..., `+` as a space. ERR_LIMIT beyond a limit, ERR_INVALID for a bad escape, a
 * NUL, or what is not UTF-8. */
MUST_CHECK int fields_parse(struct fields *out, struct arena *a, const char *text, size_t len,
                            const struct fields_limits *limits, struct err *e);

/* The last value of that name, or NULL. */
const char *fields_get(const struct fields *f, const char *name);

/* A text whose lines end with \n: browsers end them with \r\n. The text itself, or a copy in the
 * arena. */
const char *fields_unix_lines(struct arena *a, const char *text);

/* Sorts by name, for fields_find; those of one name keep their order. */
void fields_sort(struct fields *f);

/* In sorted fields: a name that stands more than once, or NULL. */
const char *fields_twice(const struct fields *f);

/* In sorted fields: the last of that name, or NULL. Marks all of them as used. */
const struct field *fields_find(struct fields *f, const char *name);

/* In sorted fields: the index of the first whose name is not before `name`. */
size_t fields_lower_bound(const struct fields *f, const char *name, size_t len);

/* Decodes percent escapes of a path segment in place into the arena; NULL as fields_parse fails. */
const char *fields_unescape(struct arena *a, const char *text, size_t len, bool plus,
                            size_t *out_len, struct err *e);

/* Appends the text with escapes for all but letters, digits, `-._~` and the characters of `keep`.
 */
void fields_put_escaped(struct strbuf *out, const char *text, const char *keep);

/* The value of a cookie in a Cookie header, copied into the arena; NULL if there is none. */
const char *fields_cookie(struct arena *a, const char *header, const char *name);

/* Whether all of it is valid UTF-8 and holds no NUL. */
bool fields_is_text(const char *s, size_t len);

#endif
