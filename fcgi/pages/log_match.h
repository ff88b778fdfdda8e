/*
 * log_match.h - which lines of a chunk are at a level or above and hold a text.
 *
 * The text is looked for as a literal, whatever its case, in what a person reads of the line
 * (ansi.h). A chunk is put into lower case once and searched as a whole; only lines where that hits
 * are decoded.
 */
#ifndef PAGES_LOG_MATCH_H
#define PAGES_LOG_MATCH_H

#include "err.h"
#include "fold.h"

enum { LOG_NEEDLE_MAX = 1000 };

struct log_match {
    int level; /* the least that matches */
    bool has_needle;
    struct fold_needle needle;
    struct strbuf folded;     /* the chunk at hand, in lower case */
    struct strbuf text, seen; /* the line at hand: as written, as read */
};

/* `level` is a level's name; it and `q` may be NULL or empty: every line then matches. */
void log_match_init(struct log_match *m, const char *level, const char *q);
void log_match_release(struct log_match *m);

/* Is given each line that matches, with its raw element; returns false to stop. */
typedef bool log_match_cb(void *arg, int64_t line, const char *element, size_t len);

/* Walks a chunk. -1 if it is malformed. */
MUST_CHECK int log_match_chunk(struct log_match *m, const char *body, size_t len,
                               log_match_cb *each, void *arg, struct err *e);

#endif
