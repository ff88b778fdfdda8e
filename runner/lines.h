/*
 * lines.h - cuts a stream of bytes into log lines.
 *
 * A line ends at \n; \r before it belongs to the end. Of a line that holds other \r only the part
 * behind the last one is a line: what stood before was overwritten on a terminal. A line over
 * CHUNK_LINE_MAX bytes comes in pieces, cut between characters, all but the last flagged
 * CHUNK_CONTINUED; a \r behind a piece that is out already cannot call it back. Memory is bounded
 * by one piece. The bytes are passed on as they are; chunk_add makes them fit.
 */
#ifndef ATHANOR_LINES_H
#define ATHANOR_LINES_H

#include "base.h"
#include "strbuf.h"

struct lines {
    struct strbuf partial; /* the unfinished line so far */
    bool continued;        /* pieces of it are out */
};

/* Gets one line or piece. `text` is valid within the call only. */
typedef void lines_cb(void *arg, const char *text, size_t len, int flags);

void lines_init(struct lines *l);
void lines_release(struct lines *l);

void lines_feed(struct lines *l, const char *data, size_t len, lines_cb *cb, void *arg);

/* The stream has ended: a last line without an end counts. */
void lines_end(struct lines *l, lines_cb *cb, void *arg);

/* What a terminal would show of the unfinished line; "" when there is none. */
void lines_preview(const struct lines *l, const char **text, size_t *len);

#endif
