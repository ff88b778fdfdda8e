#include "redis_link.h"

#include <hiredis/sds.h>

#include <fcntl.h>
#include <stdlib.h>

/* -- hiredis' hooks -- */

static void watch(struct redis_link *k, int events)
{
    k->watched = events;
    loop_io_set(k->io, events);
}

static void add_read(void *arg)
{
    struct redis_link *k = arg;
    watch(k, k->watched | LOOP_READ);
}

static void del_read(void *arg)
{
    struct redis_link *k = arg;
    watch(k, k->watched & ~LOOP_READ);
}

static void add_write(void *arg)
{
    struct redis_link *k = arg;
    watch(k, k->watched | LOOP_WRITE);
}

static void del_write(void *arg)
{
    struct redis_link *k = arg;
    watch(k, k->watched & ~LOOP_WRITE);
}

/* The last hook, before the context is freed and its socket closed. */
static void cleanup(void *arg)
{
    struct redis_link *k = arg;
    if (k->ac->err && !k->why.code)
        err_set(&k->why, ERR_UNAVAILABLE, "redis: %s", k->ac->errstr);
    loop_io_free(k->io);
    k->io = NULL;
    k->ac = NULL;
}

/* To be called after each call into hiredis that may have ended the connection. */
static void settle(struct redis_link *k)
{
    if (k->ac)
        return;
    struct redis_link ended = *k;
    free(k);
    if (!ended.why.code)
        err_set(&ended.why, ERR_UNAVAILABLE, "redis: the connection is closed");
    if (ended.owner)
        ended.gone(ended.owner, &ended.why);
}

static void on_io(void *arg, int events)
{
    struct redis_link *k = arg;
    if (events & LOOP_READ)
        redisAsyncHandleRead(k->ac);
    if (k->ac && (events & LOOP_WRITE))
        redisAsyncHandleWrite(k->ac);
    settle(k);
}

struct redis_link *redis_link_new(struct loop *l, const char *path, redis_link_gone *gone,
                                  void *owner, struct err *e)
{
    redisAsyncContext *ac = redisAsyncConnectUnix(path);
    if (!ac)
        die("out of memory (redis)");
    if (ac->err) {
        err_set(e, ERR_UNAVAILABLE, "redis: %s: %s", path, ac->errstr);
        redisAsyncFree(ac);
        return NULL;
    }
    fcntl(ac->c.fd, F_SETFD, FD_CLOEXEC);
    struct redis_link *k = xcalloc(1, sizeof(*k));
    k->ac = ac;
    k->owner = owner;
    k->gone = gone;
    k->io = loop_io_new(l, ac->c.fd, 0, on_io, k);
    ac->ev.data = k;
    ac->ev.addRead = add_read;
    ac->ev.delRead = del_read;
    ac->ev.addWrite = add_write;
    ac->ev.delWrite = del_write;
    ac->ev.cleanup = cleanup;
    return k;
}

/* Within a reply's callback hiredis puts the freeing off, and on_io settles. */
static void end(struct redis_link *k)
{
    bool inside = k->ac->c.flags & REDIS_IN_CALLBACK;
    redisAsyncFree(k->ac);
    if (!inside)
        settle(k);
}

void redis_link_drop(struct redis_link *k, const struct err *why)
{
    k->why = *why;
    end(k);
}

void redis_link_leave(struct redis_link *k)
{
    k->owner = NULL;
    if (!(k->ac->c.flags & REDIS_IN_CALLBACK) && redis_link_backlog(k))
        redisAsyncHandleWrite(k->ac);
    if (k->ac)
        end(k);
    else
        settle(k);
}

size_t redis_link_backlog(const struct redis_link *k)
{
    return sdslen(k->ac->c.obuf);
}
