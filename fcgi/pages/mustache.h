/*
 * mustache.h - Mustache templates: compiled once, rendered from JSON views.
 *
 * A compiled template owns a copy of its source, a flat array of nodes that point into it, and
 * nothing of any view; it is immutable after mustache_link and may be rendered any number of times.
 * Rendering copies no value and allocates nothing but the output (and a small buffer where
 * partials are indented).
 *
 * The language is the whole of the specification but lambdas: interpolation, sections, inverted
 * sections, comments, set delimiters, partials; and, for templates that only the server renders,
 * inheritance ({{<parent}} and {{$block}}) and dynamic names ({{>*name}}), which mustache.js in the
 * browser does not know. mustache_features tells which of those a template uses.
 *
 * Where the specification leaves room, the output is that of mustache.js 4.2, byte for byte: what
 * is escaped and how, what counts as false (false, null, 0, "", missing, and for inverted sections
 * an empty list), numbers as JavaScript prints them, `true` and `false` as words, a list as its
 * elements joined by commas, an object as [object Object], `list.length` and `list.0`,
 * `text.length` in UTF-16 units, lines that hold nothing but tags, and the indentation of partials
 * (also of one that is the first tag of a line with text). It differs in five things:
 *   - A dotted name is bound to the first context that has its first part, as the specification
 *     demands; mustache.js goes on to outer contexts when a later part is missing.
 *   - Integers beyond 2^53 are printed exactly.
 *   - A context that is null has no names; mustache.js throws.
 *   - `text.0` is nothing; for mustache.js it is the first UTF-16 unit.
 *   - A tag that is empty or whose name holds white space is refused.
 */
#ifndef ATHANOR_MUSTACHE_H
#define ATHANOR_MUSTACHE_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

#include <jansson.h>

struct mustache;

enum {
    MUSTACHE_MAX_SOURCE = 1 << 20, /* bytes of one template */
    MUSTACHE_MAX_NAME = 255,       /* bytes */
    MUSTACHE_MAX_NESTING = 32,     /* sections, parents and blocks within one template */
    MUSTACHE_MAX_DEPTH = 128,      /* templates and blocks within each other while rendering */
    MUSTACHE_MAX_CONTEXTS = 1024,  /* section values on the stack while rendering */
};

/* What a template uses that mustache.js lacks; bits. */
enum { MUSTACHE_INHERITANCE = 1, MUSTACHE_DYNAMIC_NAMES = 2 };

/* Finds a template by the name in a partial or parent tag; NULL if there is none. */
typedef const struct mustache *mustache_find(void *arg, const char *name, size_t len);

/* Compiles a source. `name` stands in errors, which read "NAME:LINE: what is wrong" (ERR_INVALID).
 * The caller frees the result with mustache_free. */
MUST_CHECK struct mustache *mustache_compile(const char *name, const char *source, size_t len,
                                             struct err *e);
void mustache_free(struct mustache *m);

/* Binds the static names of partials and parents, which must outlive m. With `strict` a name that
 * `find` does not know is an error; else it renders as nothing, as the specification says. */
MUST_CHECK int mustache_link(struct mustache *m, mustache_find *find, void *arg, bool strict,
                             struct err *e);

unsigned mustache_features(const struct mustache *m);
const char *mustache_name(const struct mustache *m);

struct mustache_options {
    mustache_find *find; /* for dynamic names; NULL: they find nothing */
    void *arg;
    size_t max_output;  /* bytes; 0: 64 MiB */
    uint64_t max_steps; /* bodies entered (sections' iterations, partials, blocks); 0: 10 million */
};

/* Appends the rendered template to *out. ERR_LIMIT, and *out is as it was, when a limit is passed
 * (a partial that includes itself for ever, for instance). `options` may be NULL. */
MUST_CHECK int mustache_render(const struct mustache *m, const json_t *view,
                               const struct mustache_options *options, struct strbuf *out,
                               struct err *e);

#endif
