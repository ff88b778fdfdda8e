/* What Redis answers, of any bytes, cut anywhere: through the library's reader, ours and the
 * batch's to a ring, which stays a trail. The first two bytes say where the ring stands, the third
 * where the bytes are cut. */
#include "batch.h"
#include "feed.h"
#include "redis_reply.h"
#include "trail.h"

#include <hiredis/hiredis.h>
#include <string.h>

enum { ELEMENTS_MAX = 1000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every byte that was given out is there. */
static size_t touch(const char *text, size_t len)
{
    size_t sum = 0;
    for (size_t i = 0; text && i < len; i++)
        sum += (unsigned char)text[i];
    return sum;
}

static void take(const redisReply *reply, struct frame_pool *pool, struct trail *ring)
{
    struct redis_pushed said = redis_pushed_read(reply);
    struct feed_head head;
    size_t len = 0;
    for (size_t i = 0; i < 4; i++)
        if (touch(redis_reply_text(reply, i, &len), len) > 255 * len)
            die("a text that is none");
    if (said.kind == REDIS_PUSHED_NOTHING)
        return;
    int64_t run = feed_run_of(said.channel, said.channel_len, FEED_CHANNEL);
    if (said.kind != REDIS_PUSHED_MESSAGE || run < 1 ||
        feed_parse(said.data, said.len, &head, NULL) != 0 || head.kind != FEED_BATCH)
        return;
    struct cursor before = ring->to;
    if (batch_follow(&head, pool, run, ring, NULL) == 0 && cursor_compare(ring->to, before) < 0)
        die("a ring that went back");
}

/* The library makes room for as many elements as an array is said to have: of our own Redis that is
 * to be believed, and here it would only be memory that there is not. */
static bool is_vast(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        int64_t count = 0;
        if (text[i] != '*')
            continue;
        for (size_t at = i + 1; at < len && strchr("+0123456789", text[at]) && text[at]; at++)
            if (text[at] != '+' && (count = count * 10 + text[at] - '0') > ELEMENTS_MAX)
                return true;
    }
    return false;
}

/* False when the reader has given up. */
static bool take_all(redisReader *reader, struct frame_pool *pool, struct trail *ring)
{
    void *reply = NULL;
    while (redisReaderGetReply(reader, &reply) == REDIS_OK) {
        if (!reply)
            return true;
        take(reply, pool, ring);
        freeReplyObject(reply);
        reply = NULL;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_pool pool = {0};
    struct trail ring;
    if (size < 3 || is_vast((const char *)data + 3, size - 3))
        return 0;
    trail_init(&ring, (struct cursor){data[0], data[1]});
    redisReader *reader = redisReaderCreate();
    const char *text = (const char *)data + 3;
    size_t len = size - 3, cut = data[2] * len / 256;
    redisReaderFeed(reader, text, cut);
    if (take_all(reader, &pool, &ring)) {
        redisReaderFeed(reader, text + cut, len - cut);
        take_all(reader, &pool, &ring);
    }
    redisReaderFree(reader);
    trail_release(&ring);
    if (pool.count || pool.bytes)
        die("%zu frames are left", pool.count);
    return 0;
}
