/*
 * artifacts.h - the files that a run's program hands over, one after the other, beside the loop.
 *
 * Owns the queue of those that wait and the thread that copies one at a time into the store. A file
 * is opened when its message is read, so that what the program does to the name afterwards no
 * longer matters. When it is stored, its record goes into the journal; when it cannot be, a warning
 * does.
 */
#ifndef ATHANOR_ARTIFACTS_H
#define ATHANOR_ARTIFACTS_H

#include "base.h"
#include "journal.h"
#include "loop.h"
#include "messages.h"

enum {
    ARTIFACTS_OPEN = 64,  /* files open while they wait; those behind are opened in their turn */
    ARTIFACTS_MAX = 1024, /* waiting, before the program has to */
    ARTIFACTS_UNDONE_MAX = 512 * 1024,
};

struct artifacts;

struct artifacts_setup {
    int64_t run;
    const char *state, *work; /* the state's folder, and the run's working folder */
    int64_t limit;            /* bytes of one file */
};

/* The strings need not outlive the call. Touches no disk before there is something to do. */
MUST_CHECK struct artifacts *artifacts_new(struct loop *l, struct journal *j,
                                           const struct artifacts_setup *setup);

/* Stops what is under way. `let_go` when all is committed or never will be: the run holds nothing
 * in the store any more. */
void artifacts_free(struct artifacts *a, bool let_go);

/* A message of type artifact. */
void artifacts_take(struct artifacts *a, const struct message *m);

/* Calls `each` with the messages that are not carried out yet, in order, as text: what recovery
 * would have to do. Only as many as have room in ARTIFACTS_UNDONE_MAX bytes. */
typedef void artifacts_cb(void *arg, const char *message, size_t len);
void artifacts_undone(const struct artifacts *a, artifacts_cb *each, void *arg);

bool artifacts_are_idle(const struct artifacts *a);
bool artifacts_are_full(const struct artifacts *a);

/* The run is ended at once: what is not stored yet is not stored any more. Idle soon afterwards. */
void artifacts_drop(struct artifacts *a);

#endif
