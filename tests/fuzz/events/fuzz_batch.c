/* A message from Redis of any bytes, given to a ring that stands somewhere: the ring stays a trail,
 * and every frame in it is an event of one line each. */
#include "batch.h"
#include "merge.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct trail *t)
{
    struct cursor at = t->from;
    for (uint64_t seq = t->seq; trail_get(t, seq); seq++) {
        const struct frame *f = trail_get(t, seq);
        size_t len;
        const char *body = frame_data(f, &len);
        if (cursor_compare(f->from, at) != 0 || cursor_compare(f->to, at) <= 0)
            die("a frame that does not follow");
        if (memchr(body, '\n', len) || body[0] != '{')
            die("a frame of two lines");
        at = f->to;
        if (f->kind == FRAME_LOGS && f->to.line - f->from.line > 1)
            frame_unref(frame_rest(f, 7, f->from.line + 1));
    }
    if (cursor_compare(at, t->to) != 0)
        die("a trail that does not end at its end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_pool pool = {0};
    struct feed_head head;
    struct trail ring;
    if (size < 2 || feed_parse((const char *)data + 2, size - 2, &head, NULL) != 0 ||
        head.kind != FEED_BATCH)
        return 0;
    trail_init(&ring, (struct cursor){data[0], data[1]});
    int result = batch_follow(&head, &pool, 7, &ring, NULL);
    check(&ring);
    if (result == 0 && batch_follow(&head, &pool, 7, &ring, NULL) == 0)
        check(&ring);
    trail_release(&ring);
    if (pool.count || pool.bytes)
        die("%zu frames are left", pool.count);
    return 0;
}
