/*
 * hearing.h - turns the bytes of fds 1, 2 and 3 into lines, records and requests.
 *
 * Owns what is unfinished in the three streams. Lines and most messages go straight into the
 * journal; progress, artifact, complete and fail are handed on. It reads no descriptor: the
 * supervisor feeds it from the pipes, recovery from the tail file (tail.h).
 */
#ifndef ATHANOR_HEARING_H
#define ATHANOR_HEARING_H

#include "base.h"
#include "journal.h"
#include "messages.h"
#include "strbuf.h"

/* The streams; the first two are the lines' sources too (CHUNK_STDOUT, CHUNK_STDERR). */
enum { HEARING_STDOUT, HEARING_STDERR, HEARING_MESSAGES, HEARING_STREAMS };
enum { HEARING_PREVIEW_MAX = 2000 };

struct hearing;

struct hearing_events {
    void (*message)(void *arg, const struct message *m); /* one that is not for the journal */
    void *arg;
};

MUST_CHECK struct hearing *hearing_new(struct journal *j, const struct hearing_events *events);
void hearing_free(struct hearing *h);

void hearing_feed(struct hearing *h, int stream, const char *data, size_t len);

/* One whole message, whatever is unfinished. */
void hearing_message(struct hearing *h, const char *text, size_t len);

/* Nothing more will come: unfinished lines count as lines. */
void hearing_finish(struct hearing *h);

/* What is unfinished in a stream: bytes which, fed again to a new one, bring it to the same state.
 */
void hearing_unfinished(const struct hearing *h, int stream, const char **data, size_t *len);

/* Appends the preview of the unfinished line that grew last; nothing when there is none. */
void hearing_preview(const struct hearing *h, struct strbuf *json);

#endif
