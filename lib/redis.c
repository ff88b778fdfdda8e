#include "redis.h"

#include "backoff.h"
#include "redis_link.h"
#include "redis_reply.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { PING_MS = 5000, BACKLOG_MAX = 8 * 1024 * 1024, STABLE_AFTER_MS = 1000 };

/* While subscribed, hiredis 0.14 cannot match the answer of a PING with its callback. A subscriber
 * therefore asks for a sign of life by subscribing once more to a channel of its own, which the
 * server confirms each time. This also keeps the count of channels above zero: leaving the last one
 * while a message is under way would trip an assertion of hiredis. */
#define PING_CHANNEL "athanor:ping"

struct redis {
    struct loop *loop;
    struct redis_events events;
    char *path;
    bool subscriber;
    char **channels; /* sorted */
    size_t channel_count;

    struct redis_link *link;  /* NULL while away */
    struct loop_timer *retry; /* while away */
    struct loop_timer *ping;  /* while there is a link */
    struct backoff backoff;
    bool awaiting; /* the last ping is not answered */
    bool up;       /* the first ping was answered */
    bool told;     /* `down` was called in this outage */
    int64_t up_since;
};

struct question {
    struct redis_link *link;
    redis_values_cb *cb;
    void *arg;
};

/* -- channels -- */

/* Where the channel is among the sorted ones, or belongs. */
static size_t channel_place(const struct redis *r, const char *name, size_t len, bool *found)
{
    size_t low = 0, high = r->channel_count;
    *found = false;
    while (low < high && !*found) {
        size_t middle = low + (high - low) / 2;
        size_t size = strlen(r->channels[middle]);
        int order = memcmp(name, r->channels[middle], MIN(len, size));
        if (!order)
            order = (len > size) - (len < size);
        *found = !order;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return high;
}

static bool has_channel(const struct redis *r, const char *name, size_t len)
{
    bool found;
    channel_place(r, name, len, &found);
    return found;
}

/* -- life of the connection -- */

/* The link is gone: plans the next attempt. The owner's callback is last, since it may free r. */
static void on_gone(void *owner, const struct err *why)
{
    struct redis *r = owner;
    if (r->up && loop_now(r->loop) - r->up_since >= STABLE_AFTER_MS)
        backoff_reset(&r->backoff, BACKOFF_FIRST_MS);
    bool tell = !r->told;
    r->link = NULL;
    r->up = false;
    r->told = true;
    loop_timer_stop(r->ping);
    loop_timer_start(r->retry, backoff_next(&r->backoff), 0);
    if (tell && r->events.down)
        r->events.down(r->events.arg, why);
}

static void on_pushed(redisAsyncContext *ac, void *reply, void *arg);
static void on_pong(redisAsyncContext *ac, void *reply, void *arg);

static void send_subscribe(struct redis *r, const char *verb, const char *channel)
{
    const char *argv[] = {verb, channel};
    const size_t lens[] = {strlen(verb), strlen(channel)};
    redisAsyncCommandArgv(r->link->ac, on_pushed, r->link, 2, argv, lens);
}

static void send_ping(struct redis *r)
{
    r->awaiting = true;
    if (r->subscriber)
        send_subscribe(r, "SUBSCRIBE", PING_CHANNEL);
    else
        redisAsyncCommand(r->link->ac, on_pong, r->link, "PING");
}

static void start_connecting(void *arg)
{
    struct redis *r = arg;
    struct err e = {0};
    r->link = redis_link_new(r->loop, r->path, on_gone, r, &e);
    if (!r->link) {
        on_gone(r, &e);
        return;
    }
    send_ping(r);
    loop_timer_start(r->ping, PING_MS, PING_MS);
}

static void on_ping_time(void *arg)
{
    struct redis *r = arg;
    struct err e = {0};
    if (!r->awaiting) {
        send_ping(r);
        return;
    }
    err_set(&e, ERR_UNAVAILABLE, "redis: no answer for %d seconds", PING_MS / 1000);
    redis_link_drop(r->link, &e);
}

/* The server is there and answers. The owner's callback is last, since it may free r. */
static void alive(struct redis *r)
{
    r->awaiting = false;
    if (r->up)
        return;
    r->up = true;
    r->told = false;
    r->up_since = loop_now(r->loop);
    for (size_t i = 0; i < r->channel_count; i++)
        send_subscribe(r, "SUBSCRIBE", r->channels[i]);
    if (r->events.up)
        r->events.up(r->events.arg);
}

/* -- replies -- */

/* An error, such as that the server still loads its data, ends the connection: it is tried anew. */
static void on_pong(redisAsyncContext *ac, void *reply, void *arg)
{
    (void)ac;
    struct redis_link *k = arg;
    redisReply *answer = reply;
    struct err e = {0};
    if (!k->owner || !answer)
        return;
    if (answer->type == REDIS_REPLY_ERROR) {
        err_set(&e, ERR_UNAVAILABLE, "redis: %s", answer->str);
        redis_link_drop(k, &e);
        return;
    }
    alive(k->owner);
}

/* Everything that a subscriber's server sends; told apart by what it says, not by whose callback
 * hiredis found for it. */
static void on_pushed(redisAsyncContext *ac, void *reply, void *arg)
{
    (void)ac;
    struct redis_link *k = arg;
    struct redis *r = k->owner;
    if (!r)
        return;
    struct redis_pushed said = redis_pushed_read(reply);
    if (said.kind == REDIS_PUSHED_NOTHING)
        return;
    if (said.kind == REDIS_PUSHED_SUBSCRIBED && !strcmp(said.channel, PING_CHANNEL))
        alive(r);
    else if (!has_channel(r, said.channel, said.channel_len))
        return; /* left meanwhile */
    else if (said.kind == REDIS_PUSHED_SUBSCRIBED && r->events.subscribed)
        r->events.subscribed(r->events.arg, said.channel, said.channel_len);
    else if (said.kind == REDIS_PUSHED_MESSAGE && r->events.message)
        r->events.message(r->events.arg, said.channel, said.channel_len, said.data, said.len);
}

static void on_values(redisAsyncContext *ac, void *reply, void *arg)
{
    (void)ac;
    struct question *q = arg;
    redisReply *answer = reply;
    struct question asked = *q;
    free(q);
    if (!asked.link->owner)
        return;
    if (!answer || answer->type != REDIS_REPLY_ARRAY || !answer->elements) {
        asked.cb(asked.arg, NULL, NULL, 0);
        return;
    }
    const char **values = xcalloc(answer->elements, sizeof(*values));
    size_t *lens = xcalloc(answer->elements, sizeof(*lens));
    for (size_t i = 0; i < answer->elements; i++)
        values[i] = redis_reply_text(answer, i, &lens[i]);
    asked.cb(asked.arg, values, lens, answer->elements);
    free(values);
    free(lens);
}

/* -- for the owner -- */

struct redis *redis_new(struct loop *l, const char *path, bool subscriber,
                        const struct redis_events *events)
{
    struct sigaction pipe;
    struct redis *r = xcalloc(1, sizeof(*r));
    r->loop = l;
    if (events)
        r->events = *events;
    r->path = xstrdup(path);
    r->subscriber = subscriber;
    r->ping = loop_timer_new(l, on_ping_time, r);
    r->retry = loop_timer_new(l, start_connecting, r);
    if (!sigaction(SIGPIPE, NULL, &pipe) && pipe.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
    backoff_reset(&r->backoff, BACKOFF_FIRST_MS);
    if (*path)
        loop_timer_start(r->retry, 0, 0);
    return r;
}

void redis_free(struct redis *r)
{
    if (!r)
        return;
    loop_timer_free(r->ping);
    loop_timer_free(r->retry);
    if (r->link)
        redis_link_leave(r->link);
    for (size_t i = 0; i < r->channel_count; i++)
        free(r->channels[i]);
    free(r->channels);
    free(r->path);
    free(r);
}

bool redis_is_up(const struct redis *r)
{
    return r->up;
}

void redis_subscribe(struct redis *r, const char *channel)
{
    bool found;
    size_t at = channel_place(r, channel, strlen(channel), &found);
    if (!r->subscriber)
        die("a publisher of redis cannot subscribe");
    if (found)
        return;
    r->channels = xreallocarray(r->channels, r->channel_count + 1, sizeof(*r->channels));
    memmove(r->channels + at + 1, r->channels + at, (r->channel_count - at) * sizeof(*r->channels));
    r->channels[at] = xstrdup(channel);
    r->channel_count++;
    if (r->up)
        send_subscribe(r, "SUBSCRIBE", channel);
}

void redis_unsubscribe(struct redis *r, const char *channel)
{
    bool found;
    size_t at = channel_place(r, channel, strlen(channel), &found);
    if (!found)
        return;
    if (r->up)
        send_subscribe(r, "UNSUBSCRIBE", channel);
    free(r->channels[at]);
    r->channel_count--;
    memmove(r->channels + at, r->channels + at + 1, (r->channel_count - at) * sizeof(*r->channels));
}

/* Sends a command if that is possible now. */
static bool send_command(struct redis *r, size_t argc, const char **argv, const size_t *lens,
                         redisCallbackFn *cb, void *arg)
{
    size_t size = 0;
    if (r->subscriber)
        die("a subscriber of redis cannot send %s", argv[0]);
    if (!r->up)
        return false;
    for (size_t i = 0; i < argc; i++)
        size += lens[i];
    if (redis_link_backlog(r->link) + size > BACKLOG_MAX)
        return false;
    return redisAsyncCommandArgv(r->link->ac, cb, arg, (int)argc, argv, lens) == REDIS_OK;
}

bool redis_publish(struct redis *r, const char *channel, const void *data, size_t len)
{
    const char *argv[] = {"PUBLISH", channel, data ? data : ""};
    const size_t lens[] = {strlen(argv[0]), strlen(channel), len};
    return send_command(r, ARRAY_LEN(argv), argv, lens, NULL, NULL);
}

bool redis_set(struct redis *r, const char *key, const void *data, size_t len, int ttl_s)
{
    char *ttl = xasprintf("%d", ttl_s);
    const char *argv[] = {"SET", key, data ? data : "", "EX", ttl};
    const size_t lens[] = {strlen(argv[0]), strlen(key), len, strlen(argv[3]), strlen(ttl)};
    bool sent = send_command(r, ARRAY_LEN(argv), argv, lens, NULL, NULL);
    free(ttl);
    return sent;
}

bool redis_del(struct redis *r, const char *key)
{
    const char *argv[] = {"DEL", key};
    const size_t lens[] = {strlen(argv[0]), strlen(key)};
    return send_command(r, ARRAY_LEN(argv), argv, lens, NULL, NULL);
}

bool redis_mget(struct redis *r, const char *const *keys, size_t count, redis_values_cb *cb,
                void *arg)
{
    if (!count || !r->up)
        return false;
    const char **argv = xcalloc(count + 1, sizeof(*argv));
    size_t *lens = xcalloc(count + 1, sizeof(*lens));
    argv[0] = "MGET";
    memcpy(argv + 1, keys, count * sizeof(*argv));
    for (size_t i = 0; i <= count; i++)
        lens[i] = strlen(argv[i]);
    struct question *q = xmalloc(sizeof(*q));
    *q = (struct question){.link = r->link, .cb = cb, .arg = arg};
    bool sent = send_command(r, count + 1, argv, lens, on_values, q);
    if (!sent)
        free(q);
    free(argv);
    free(lens);
    return sent;
}
