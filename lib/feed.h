/*
 * feed.h - what the supervisor publishes through Redis and the relay reads: one message a batch.
 *
 * Channel `athanor:run:RUN`. A message is lines of text, divided by \n (no JSON here holds one):
 *
 *     B EPOCH FIRST_LINE LAST_LINE FIRST_RECORD LAST_RECORD
 *     {"first":...,"lines":[...]}        if LAST_LINE >= FIRST_LINE
 *     {"n":...,"line":...,"kind":...}    one for each record
 *
 *     P                                  progress
 *     {"current":...}
 *
 *     V                                  preview of an unfinished line
 *     {"line":...}
 *
 * An empty side of a batch has LAST = FIRST - 1, so a batch always tells the whole head that it
 * leads to. A record begins `{"n":N,"line":L,"kind":"K","at":MS`, in this order; one over
 * FEED_RECORD_MAX travels as its reference.
 */
#ifndef ATHANOR_FEED_H
#define ATHANOR_FEED_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

#define FEED_CHANNEL "athanor:run:"       /* + run id: the pub/sub channel */
#define FEED_PROGRESS "athanor:progress:" /* + run id: key of the latest progress JSON */
#define FEED_PREVIEW "athanor:preview:"   /* + run id: key of the latest preview JSON */
enum { FEED_TTL_S = 10, FEED_RECORD_MAX = 65536 };

enum feed_kind { FEED_BATCH = 'B', FEED_IS_PROGRESS = 'P', FEED_IS_PREVIEW = 'V' };

struct feed_head {
    enum feed_kind kind;
    int64_t epoch, first_line, last_line, first_record, last_record;
    const char *rest; /* what stands behind the first line; within the message */
    size_t rest_len;
};

/* Appends the first line of a batch message, with its \n. */
void feed_put_batch(struct strbuf *out, int64_t epoch, int64_t first_line, int64_t last_line,
                    int64_t first_record, int64_t last_record);

/* Reads a message's first line. */
MUST_CHECK int feed_parse(const char *message, size_t len, struct feed_head *out, struct err *e);

/* Reads n and line of a record's text. */
MUST_CHECK int feed_record_place(const char *record, size_t len, int64_t *n, int64_t *line,
                                 struct err *e);

/* The run id behind a prefix (FEED_CHANNEL, ...) of a channel's or key's name; -1 if it is none. */
int64_t feed_run_of(const char *name, size_t len, const char *prefix);

#endif
