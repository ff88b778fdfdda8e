/*
 * journal.h - everything that a run says, numbered, in the batch that is open.
 *
 * Owns the open batch and the counts of lines, records and bytes so far. Times never decrease. What
 * is taken (journal_take) is sealed and belongs to the caller; the numbering goes on behind it.
 */
#ifndef ATHANOR_JOURNAL_H
#define ATHANOR_JOURNAL_H

#include "base.h"
#include "batch.h"
#include "messages.h"

struct journal;

/* Goes on behind these counts. */
MUST_CHECK struct journal *journal_new(int64_t run, int64_t lines, int64_t records, int64_t bytes);
void journal_free(struct journal *j);

/* Calls back when a log message of JOURNAL_LONG bytes and more has filled the batch before its end,
 * so that the batch can be taken; without it a batch takes any message whole. */
enum { JOURNAL_LONG = 4 * 1024 * 1024 };
void journal_on_full(struct journal *j, void (*full)(void *arg), void *arg);

/* What is said from now on is said at this time (epoch milliseconds, or the latest before). */
void journal_set_time(struct journal *j, int64_t ms);

/* A line of the program's output, or a piece of one. */
void journal_line(struct journal *j, int source, const char *text, size_t len, int flags);

/* A line of our own: text of any length. */
void journal_warn(struct journal *j, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A log, result, metric, row, event or fact. */
void journal_message(struct journal *j, const struct message *m);

/* A message that cannot be taken becomes a warning that quotes its beginning. */
void journal_refuse(struct journal *j, const char *text, size_t len, const char *why);

/* An event of the runner's own; `payload` is JSON. */
void journal_event(struct journal *j, const char *event, const char *message, const char *payload);

/* A stored artifact. */
void journal_artifact(struct journal *j, const char *name, const char *sha256, int64_t size,
                      const char *media_type);

/* The number that the next line will have. */
int64_t journal_next_line(const struct journal *j);

bool journal_is_empty(const struct journal *j);
size_t journal_size(const struct journal *j);
MUST_CHECK struct batch *journal_take(struct journal *j);

#endif
