/*
 * follow.h - a run's stream, read to its end over any fault.
 *
 * Each line and each record behind the first place is told once, in order. After a fault it comes
 * back with the last id: a frame counts when its empty line has come, and lines that were told
 * already are not told again, so neither a cut within a frame nor a server that repeats itself is
 * seen. It waits longer after each attempt that brought nothing, and gives up after `retry_for_s`.
 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "chunk.h"
#include "cli.h"
#include "cursor.h"
#include "doc.h"

struct follower {
    int64_t run;
    char from[48]; /* a cursor, or "end"; afterwards the place from which it would go on */
    /* Each may be NULL. */
    void (*on_line)(void *arg, int64_t number, const struct chunk_line *line);
    void (*on_record)(void *arg, struct doc record);
    void (*on_progress)(void *arg, struct doc progress);
    void (*on_pause)(void *arg); /* all that has come so far was told */
    void *arg;
    int64_t retry_for_s;
    int64_t deadline_ms; /* by the monotonic clock; 0: none */
};

/* How it has ended: a run's status, or why there is none. */
enum follow_end {
    FOLLOW_COMPLETED,
    FOLLOW_FAILED,
    FOLLOW_CANCELLED,
    FOLLOW_DELETED,
    FOLLOW_INTERRUPTED,
    FOLLOW_LATE
};

/* Returns an enum follow_end, or -1. FOLLOW_LATE is the deadline. */
MUST_CHECK int follow_run(struct cli *cli, struct follower *f, struct err *e);

/* The same without the stream: asks until the run has ended, and leaves its row in *row. */
MUST_CHECK int follow_wait(struct cli *cli, int64_t run, int64_t retry_for_s, int64_t deadline_ms,
                           struct strbuf *row, struct err *e);

/* The end that a status means, FOLLOW_LATE for one that is none. */
enum follow_end follow_status(const char *status);

#endif
