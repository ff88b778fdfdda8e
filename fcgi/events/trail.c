#include "trail.h"

#include <stdlib.h>
#include <string.h>

static uint64_t distance(struct cursor c)
{
    return (uint64_t)c.line + (uint64_t)c.record;
}

static bool same(struct cursor a, struct cursor b)
{
    return a.line == b.line && a.record == b.record;
}

void trail_init(struct trail *t, struct cursor at)
{
    *t = (struct trail){.from = at, .to = at};
}

void trail_release(struct trail *t)
{
    for (size_t i = t->first; i < t->end; i++)
        frame_unref(t->frames[i]);
    free(t->frames);
    trail_init(t, t->to);
}

size_t trail_count(const struct trail *t)
{
    return t->end - t->first;
}

/* Makes room for one more: moves what is there to the front when that frees half, else grows. */
static void make_room(struct trail *t)
{
    if (t->end < t->cap)
        return;
    if (t->first > 0 && t->first >= t->cap / 2) {
        memmove(t->frames, t->frames + t->first, trail_count(t) * sizeof(*t->frames));
        t->end -= t->first;
        t->first = 0;
        return;
    }
    t->cap = t->cap ? t->cap * 2 : 16;
    t->frames = xreallocarray(t->frames, t->cap, sizeof(*t->frames));
}

void trail_push(struct trail *t, struct frame *f)
{
    if (!same(f->from, t->to) || distance(f->to) <= distance(f->from))
        die("a frame that does not follow its trail");
    make_room(t);
    t->frames[t->end++] = f;
    t->to = f->to;
    t->bytes += sizeof(*f) + f->len;
}

void trail_shift(struct trail *t)
{
    struct frame *f = t->frames[t->first++];
    t->seq++;
    t->from = f->to;
    t->bytes -= sizeof(*f) + f->len;
    frame_unref(f);
}

struct frame *trail_get(const struct trail *t, uint64_t seq)
{
    if (seq < t->seq || seq - t->seq >= trail_count(t))
        return NULL;
    return t->frames[t->first + (seq - t->seq)];
}

enum trail_place trail_find(const struct trail *t, struct cursor at, uint64_t *seq)
{
    if (same(at, t->to)) {
        *seq = t->seq + trail_count(t);
        return TRAIL_END;
    }
    if (distance(at) < distance(t->from) || distance(at) >= distance(t->to))
        return TRAIL_NONE;
    size_t low = t->first, high = t->end; /* the last frame that begins at or before `at` */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (distance(t->frames[middle]->from) <= distance(at))
            low = middle;
        else
            high = middle;
    }
    const struct frame *f = t->frames[low];
    *seq = t->seq + (low - t->first);
    if (same(at, f->from))
        return TRAIL_AT;
    return at.record == f->from.record && at.record == f->to.record && at.line > f->from.line
               ? TRAIL_INSIDE
               : TRAIL_NONE;
}

size_t trail_follow(struct trail *t, const struct trail *other, int64_t run)
{
    uint64_t seq;
    size_t added = 0;
    enum trail_place place = trail_find(other, t->to, &seq);
    if (place == TRAIL_INSIDE) {
        struct frame *rest = frame_rest(trail_get(other, seq), run, t->to.line);
        if (!rest)
            return 0;
        trail_push(t, rest);
        added++;
        seq++;
    } else if (place != TRAIL_AT) {
        return 0;
    }
    for (struct frame *f; (f = trail_get(other, seq)); seq++, added++)
        trail_push(t, frame_ref(f));
    return added;
}
