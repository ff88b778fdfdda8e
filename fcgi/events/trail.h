/*
 * trail.h - a stretch of a run's way: frames that follow one another without a gap.
 *
 * Each frame is a step from one cursor to the next, of lines or of one record, so line + record
 * grows strictly along a trail and a place is found by bisection. The recent end of a run (its
 * ring) is a trail that is cut at the front; a page read from Postgres is one that is dropped
 * whole. The trail holds a reference to each of its frames.
 */
#ifndef ATHANOR_EVENTS_TRAIL_H
#define ATHANOR_EVENTS_TRAIL_H

#include "base.h"
#include "cursor.h"
#include "frame.h"

struct trail {
    struct cursor from, to; /* equal while it is empty */
    struct frame **frames;  /* the living ones are [first, end) */
    size_t first, end, cap;
    uint64_t seq; /* number of frames[first] since trail_init */
    size_t bytes;
};

void trail_init(struct trail *t, struct cursor at);
void trail_release(struct trail *t);
size_t trail_count(const struct trail *t);

/* Takes over the caller's reference. The frame must begin where the trail ends. */
void trail_push(struct trail *t, struct frame *f);

/* Drops the oldest frame. */
void trail_shift(struct trail *t);

/* The frame of a number, or NULL when it has been dropped or is not there yet. */
struct frame *trail_get(const struct trail *t, uint64_t seq);

enum trail_place {
    TRAIL_NONE,   /* the trail does not pass there */
    TRAIL_AT,     /* *seq begins there */
    TRAIL_INSIDE, /* *seq holds lines before and behind */
    TRAIL_END,    /* the trail ends there */
};

/* Where `at` lies on the trail. It is on it only if this very state was passed: both numbers agree.
 */
enum trail_place trail_find(const struct trail *t, struct cursor at, uint64_t *seq);

/* Lengthens `t` by what `other` has behind t's end, if other passes there. Returns how many frames.
 */
size_t trail_follow(struct trail *t, const struct trail *other, int64_t run);

#endif
