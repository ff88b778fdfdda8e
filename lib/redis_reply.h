/*
 * redis_reply.h - what a server's answer says, told from the tree that hiredis makes of it.
 *
 * Pure: the texts stay the reply's. An answer of any shape is taken; one that is none of these says
 * nothing.
 */
#ifndef ATHANOR_REDIS_REPLY_H
#define ATHANOR_REDIS_REPLY_H

#include "base.h"

#include <hiredis/hiredis.h>

enum redis_pushed_kind { REDIS_PUSHED_NOTHING, REDIS_PUSHED_SUBSCRIBED, REDIS_PUSHED_MESSAGE };

struct redis_pushed {
    enum redis_pushed_kind kind;
    const char *channel;
    size_t channel_len;
    const char *data; /* of a message */
    size_t len;
};

/* What a subscriber's server has sent. NULL says nothing too. */
struct redis_pushed redis_pushed_read(const redisReply *reply);

/* The i-th string of an array; NULL where there is none. */
const char *redis_reply_text(const redisReply *reply, size_t i, size_t *len);

#endif
