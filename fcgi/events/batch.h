/*
 * batch.h - a batch as Redis brought it, made into frames behind a trail that it passes.
 *
 * Pure: owns nothing and asks nobody.
 */
#ifndef ATHANOR_EVENTS_BATCH_H
#define ATHANOR_EVENTS_BATCH_H

#include "base.h"
#include "err.h"
#include "feed.h"
#include "frame.h"
#include "trail.h"

/* Lengthens `ring` by what the batch has behind its end; by nothing when the batch does not pass
 * there. -1 when the message is not whole; the ring stays right, and may have grown. */
MUST_CHECK int batch_follow(const struct feed_head *head, struct frame_pool *pool, int64_t run,
                            struct trail *ring, struct err *e);

#endif
