/*
 * spool.h - sealed batches on disk, from before they are sent until Postgres has committed them.
 *
 * Owns a folder of segment files, 00000001, 00000002, ... An entry is {magic, CRC32C, length} and
 * the encoded batch, never split over two segments; entries follow one another in the order of
 * their numbers. Positions count bytes over all segments and only grow. A segment is removed once
 * all of it is committed; the last one is cut to nothing when it is all committed and large enough
 * to be worth it, so a reader may find entries that Postgres has already: the run's head tells.
 *
 * Nothing is synced. The spool is there for the death of a supervisor and for an outage of
 * Postgres, and the page cache survives both; the machine's own death ends the run anyway, and what
 * had been shown by then was committed. A torn or damaged entry ends the reading.
 */
#ifndef ATHANOR_SPOOL_H
#define ATHANOR_SPOOL_H

#include "base.h"
#include "batch.h"
#include "err.h"

enum {
    SPOOL_SEGMENT = 16 * 1024 * 1024,    /* a new segment begins beyond this */
    SPOOL_REUSE = 1024 * 1024,           /* an all committed segment is cut from this size on */
    SPOOL_ENTRY_MAX = 128 * 1024 * 1024, /* no entry is larger */
};

struct spool;

/* Opens the folder, making it if `write`; what is in it can then be read from position 0. A writer
 * begins a new segment. NULL and ERR_NOT_FOUND when a reader finds no folder. */
MUST_CHECK struct spool *spool_open(const char *folder, bool write, struct err *e);
void spool_close(struct spool *s);

/* Appends a sealed batch and sets its spool_end. On failure (a full disk) the spool is as it was.
 */
MUST_CHECK int spool_append(struct spool *s, struct batch *b, struct err *e);

/* Reads the batch at a position: 1 and *out, 0 when there is none (the end, or a torn entry), -1
 * when the disk fails. The caller frees the batch; its spool_end is where the next one begins. */
MUST_CHECK int spool_read(struct spool *s, uint64_t at, int64_t run, struct batch **out,
                          struct err *e);

/* Everything before this position is committed. */
void spool_commit(struct spool *s, uint64_t end);

/* Where the next entry will begin, and how many bytes are not committed yet. */
uint64_t spool_end(const struct spool *s);
uint64_t spool_backlog(const struct spool *s);

#endif
