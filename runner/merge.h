/*
 * merge.h - makes rows of about a thousand lines of the small chunks that a quiet run leaves.
 *
 * A run that says a line a second would leave 86,400 rows a day. Owns the group of neighbouring
 * small chunks that are committed and not merged yet; when it is large enough one statement
 * replaces them by one row. The lines, their numbers and bytes stay as they are. What fails is left
 * as it is.
 */
#ifndef ATHANOR_MERGE_H
#define ATHANOR_MERGE_H

#include "base.h"
#include "batch.h"
#include "dba.h"

enum {
    MERGE_LINES = 1000,
    MERGE_BYTES = 256 * 1024,
    MERGE_LARGE = 128 * 1024, /* a chunk of this size is left alone */
};

struct merge;

/* `done` is called when the last merge, asked for by merge_rest, has been answered. */
MUST_CHECK struct merge *merge_new(struct dba *db, int64_t run, void (*done)(void *arg), void *arg);
void merge_free(struct merge *m);

/* A batch was committed. */
void merge_note(struct merge *m, const struct batch *b);

/* Nothing more will come: merges what is left. False when there is nothing to do (`done` is not
 * called). */
bool merge_rest(struct merge *m);

#endif
