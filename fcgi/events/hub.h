/*
 * hub.h - what the parts of the relay share: the loop, the connections, the frames, the runs, each
 * other.
 *
 * One hub a process, made in main.c. It owns nothing by itself; hub.c makes the parts in the order
 * in which they need each other and frees them in the other one.
 */
#ifndef ATHANOR_EVENTS_HUB_H
#define ATHANOR_EVENTS_HUB_H

#include "base.h"
#include "conf.h"
#include "dba.h"
#include "err.h"
#include "frame.h"
#include "loop.h"
#include "runs.h"

/* What /events/metrics tells, counted since the start. */
struct stats {
    int64_t accepted, refused, denied;
    int64_t bytes_sent, frames_sent, writes, stalls;
    int64_t pages_read, page_bytes, read_failures;
    int64_t batches, gaps, slow_falls, cut_idle, cut_memory;
};

struct hub {
    const struct conf *conf;
    struct loop *loop;
    struct dba *db;    /* heads, sessions, changes, rows: short queries */
    struct dba *reads; /* pages of runs, so that a long one delays no other query */
    struct frame_pool frames;
    struct runs runs;
    struct stats stats;
    struct auth *auth;
    struct heads *heads;
    struct live *live;
    struct catchup *catchup;
    struct changes *changes;
    struct waits *waits;
    struct clients *clients;
    struct loop_timer *tick;
    struct loop_timer *grace; /* bounds the good-bye */
    bool leaving;
};

/* `listen_fd` stays the caller's. NULL on failure. */
MUST_CHECK struct hub *hub_new(struct loop *l, const struct conf *conf, int listen_fd,
                               struct err *e);
void hub_free(struct hub *h);

/* Ends all streams in good order, tells clients when to come back, and stops the loop soon. */
void hub_leave(struct hub *h);

/* The most bytes that frames may take. */
size_t hub_memory_limit(const struct hub *h);

/* Brings the frames below the limit: pages go first, then the old parts of rings, then the clients
 * that keep frames from being freed. */
void hub_trim(struct hub *h);

#endif
