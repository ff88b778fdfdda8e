/*
 * mustache_value.h - what a name in a template stands for, with JavaScript's ideas of truth and
 * text.
 *
 * A value borrows from the view; nothing here owns memory. Only `length` of a list or a text is not
 * in the view and is carried as a number.
 */
#ifndef ATHANOR_MUSTACHE_VALUE_H
#define ATHANOR_MUSTACHE_VALUE_H

#include "base.h"
#include "strbuf.h"

#include <jansson.h>

struct mustache_value {
    const json_t *json; /* NULL: a length, or nothing */
    int64_t length;     /* -1: nothing */
};

#define MUSTACHE_NOTHING ((struct mustache_value){NULL, -1})

static inline bool mustache_is_nothing(struct mustache_value v)
{
    return !v.json && v.length < 0;
}

/* The member of a list or an object that a name's first part may be bound to. */
MUST_CHECK struct mustache_value mustache_member(struct mustache_value v, const char *name,
                                                 size_t len);

/* The same behind a dot, where texts have a length too. */
MUST_CHECK struct mustache_value mustache_dotted_member(struct mustache_value v, const char *name,
                                                        size_t len);

/* JavaScript's truth, but that an empty list counts as false. */
MUST_CHECK bool mustache_is_true(struct mustache_value v);

/* Appends String(value), null and nothing as the empty text; `escape` makes it safe in HTML. */
void mustache_put_value(struct strbuf *out, struct mustache_value v, bool escape);

/* Appends with & < > " ' / ` = as entities. */
void mustache_put_escaped(struct strbuf *out, const char *s, size_t len);

#endif
