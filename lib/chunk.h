/*
 * chunk.h - a run of log lines as one JSON text, formatted once and never decoded on its way.
 *
 *     {"first":101,"lines":[[ms,level,"text",source,metadata,flags],<TAB>[...],<TAB>[...]]}
 *
 * What the supervisor writes here is stored in Postgres, published through Redis, and sent as an
 * SSE event or by the API without a change. Between two elements stand a comma and a raw TAB: white
 * space to JSON, and never part of a string, so memchr finds where a chunk may be cut. Trailing
 * nulls and zeros of an element are left out. Level 0-3 is debug info warn error; source 0 stdout,
 * 1 stderr, 2 message; flags 1: the line goes on in the next element (a piece of a line over 64
 * KiB).
 */
#ifndef ATHANOR_CHUNK_H
#define ATHANOR_CHUNK_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

enum { CHUNK_DEBUG, CHUNK_INFO, CHUNK_WARN, CHUNK_ERROR, CHUNK_LEVELS };
enum { CHUNK_STDOUT, CHUNK_STDERR, CHUNK_MESSAGE };
enum { CHUNK_CONTINUED = 1 };
enum { CHUNK_LINE_MAX = 65536 }; /* bytes of text in one element */

struct chunk_line {
    int64_t ms; /* epoch milliseconds */
    int level;
    const char *text; /* any bytes; made fit by the writer */
    size_t text_len;
    int source;
    const char *metadata; /* compact JSON (json_compact made it), or NULL */
    size_t metadata_len;
    int flags;
};

/* The name of a level: debug info warn error. */
extern const char *const chunk_level_names[CHUNK_LEVELS];

/* The level of a name, or -1. */
MUST_CHECK int chunk_level_parse(const char *name, size_t len);

/* Writing: begin, any number of adds, end. */
void chunk_begin(struct strbuf *out, int64_t first);
void chunk_add(struct strbuf *out, const struct chunk_line *line);
void chunk_end(struct strbuf *out);

/* Reading: walks the raw elements. */
struct chunk_iter {
    const char *at, *end;
    int64_t line; /* number of the element that next returned */
};

/* Reads the head. -1 if the text is not of this form. */
MUST_CHECK int chunk_iter_init(struct chunk_iter *it, const char *body, size_t len, struct err *e);

/* The next element's raw text, `[...]`; false at the end, and where no element follows: then at is
 * not end. */
MUST_CHECK bool chunk_iter_next(struct chunk_iter *it, const char **element, size_t *len);

/* Appends a chunk of the lines first..last (clipped to what is there) by copying bytes. Returns how
 * many lines it holds, 0 (nothing appended) when none, -1 if the body is not of this form. */
MUST_CHECK int64_t chunk_slice(const char *body, size_t len, int64_t first, int64_t last,
                               struct strbuf *out, struct err *e);

/* Decodes one raw element. The text is appended to *text (and line->text points there until it
 * changes); metadata points into the element. */
MUST_CHECK int chunk_decode(const char *element, size_t len, struct chunk_line *line,
                            struct strbuf *text, struct err *e);

#endif
