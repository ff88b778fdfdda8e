/*
 * redis.h - Redis on a loop, for live traffic only: losing it loses nothing but time.
 *
 * One struct is one connection over a unix socket, either a publisher or a subscriber. It comes
 * back by itself (100 ms to 2 s, jitter) and resubscribes; a PING every 5 s without an answer
 * within 5 s counts as lost. Publishing while it is away drops the message and says so by its
 * return value. redis_new makes the process ignore SIGPIPE, since hiredis does not; a child that is
 * to have it sets it back.
 */
#ifndef ATHANOR_REDIS_H
#define ATHANOR_REDIS_H

#include "base.h"
#include "err.h"
#include "loop.h"

struct redis;

struct redis_events {
    void (*up)(void *arg);                        /* connected; subscriptions are being renewed */
    void (*down)(void *arg, const struct err *e); /* once an outage */
    void (*message)(void *arg, const char *channel, size_t channel_len, const char *data,
                    size_t len);
    void (*subscribed)(void *arg, const char *channel,
                       size_t channel_len); /* confirmed by the server */
    void *arg;
};

/* `subscriber` decides which half of the calls below it takes. An empty path never connects. */
MUST_CHECK struct redis *redis_new(struct loop *l, const char *path, bool subscriber,
                                   const struct redis_events *events);
void redis_free(struct redis *r);
bool redis_is_up(const struct redis *r);

/* Subscriber: the set of channels is remembered over outages. */
void redis_subscribe(struct redis *r, const char *channel);
void redis_unsubscribe(struct redis *r, const char *channel);

/* Publisher. Fire and forget; false when not connected or more than 8 MiB are waiting to be sent.
 */
bool redis_publish(struct redis *r, const char *channel, const void *data, size_t len);
bool redis_set(struct redis *r, const char *key, const void *data, size_t len, int ttl_s);
bool redis_del(struct redis *r, const char *key);

/* Publisher: asks for keys; `cb` gets each value in order (NULL where absent), or count 0 on
 * failure. */
typedef void redis_values_cb(void *arg, const char *const *values, const size_t *lens,
                             size_t count);
bool redis_mget(struct redis *r, const char *const *keys, size_t count, redis_values_cb *cb,
                void *arg);

#endif
