/*
 * target.h - where messages of a fan-out measurement are published: nchan, or Athanor as a
 * supervisor.
 *
 * A target owns its connections and a number that goes up with every message. The calls block.
 */
#ifndef ATHANOR_BENCH_TARGET_H
#define ATHANOR_BENCH_TARGET_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

struct target;

/* nchan's publisher location `/publish/CHANNEL` on a unix socket; the first message has number
 * `first`. */
MUST_CHECK struct target *target_nchan(const char *socket, const char *channel, int64_t first,
                                       struct err *e);

/* A run that was claimed and that no supervisor serves. The numbers are those of its lines. With
 * `stamp_late` a stamp tells when a message was published, after its commit, else when it was made.
 */
MUST_CHECK struct target *target_athanor(const char *conninfo, const char *redis,
                                         const char *query_file, int64_t run, bool stamp_late,
                                         struct err *e);
void target_free(struct target *t);

/* Sends `count` (at most PACE_GROUP_MOST) messages of `size` bytes. */
MUST_CHECK int target_send(struct target *t, int64_t count, size_t size, struct err *e);

/* Waits until all were accepted. */
MUST_CHECK int target_flush(struct target *t, struct err *e);

/* The number of the newest message. */
int64_t target_last(const struct target *t);

/* For the targets themselves: what a kind of target does. */
struct target_kind {
    int (*send)(struct target *t, int64_t count, size_t size, struct err *e);
    int (*flush)(struct target *t, struct err *e);
    void (*free)(struct target *t);
};

/* The first member of every target. */
struct target {
    const struct target_kind *kind;
    int64_t last;
};

/* Appends `size` bytes of text that begins with a stamp of now. */
void target_text(struct strbuf *out, int64_t seq, size_t size);

#endif
