#include "redis_reply.h"

#include <string.h>

const char *redis_reply_text(const redisReply *reply, size_t i, size_t *len)
{
    if (!reply || reply->type != REDIS_REPLY_ARRAY || i >= reply->elements)
        return NULL;
    const redisReply *one = reply->element[i];
    if (!one || one->type != REDIS_REPLY_STRING)
        return NULL;
    *len = (size_t)one->len;
    return one->str;
}

struct redis_pushed redis_pushed_read(const redisReply *reply)
{
    struct redis_pushed p = {0}, nothing = {0};
    size_t len;
    const char *kind = redis_reply_text(reply, 0, &len);
    p.channel = redis_reply_text(reply, 1, &p.channel_len);
    if (!kind || !p.channel || reply->elements != 3)
        return nothing;
    if (strcmp(kind, "subscribe") == 0)
        p.kind = REDIS_PUSHED_SUBSCRIBED;
    else if (strcmp(kind, "message") == 0 && (p.data = redis_reply_text(reply, 2, &p.len)))
        p.kind = REDIS_PUSHED_MESSAGE;
    return p.kind ? p : nothing;
}
