/*
 * tail.h - what was read from a program and is not in the spool yet, in a file that outlives us.
 *
 * The file is mapped into memory: adding to it is a copy and no system call, and the bytes stay
 * when the process is killed. It begins anew whenever a batch has gone into the spool, with what is
 * unfinished in the streams. Recovery hears it once more behind the spool's last batch, so that a
 * killed supervisor loses nothing that it had read.
 *
 * What does not fit (a message of many megabytes that is not complete, or anything when the disk is
 * full) is left out, and everything behind it.
 */
#ifndef ATHANOR_TAIL_H
#define ATHANOR_TAIL_H

#include "base.h"
#include "err.h"
#include "hearing.h"
#include "journal.h"

enum { TAIL_SIZE = 4 * 1024 * 1024 };

/* In place of a stream: one whole message that was heard and is not carried out yet. */
enum { TAIL_UNDONE = HEARING_STREAMS };

struct tail;

/* Makes the file and maps it. */
MUST_CHECK struct tail *tail_open(const char *path, struct err *e);
void tail_close(struct tail *t);

void tail_add(struct tail *t, int stream, int64_t ms, const char *data, size_t len);

/* The next line and record have these numbers; what is unfinished in `h` is all that is not in the
 * spool. */
void tail_restart(struct tail *t, int64_t lines, int64_t records, const struct hearing *h);

/* Hears the file's content into `h`, whose journal is `j`, if it follows these counts. Returns how
 * many bytes, 0 when there is nothing to hear, -1 when the file is damaged (what comes before the
 * damage has been heard). */
MUST_CHECK int64_t tail_replay(const char *path, int64_t lines, int64_t records, struct journal *j,
                               struct hearing *h, struct err *e);

#endif
