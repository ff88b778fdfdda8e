/*
 * dba.h - Postgres on a loop: never blocks, comes back by itself.
 *
 * Owns one connection, a queue of queries (sent one at a time, in order) and its reconnection (at
 * once, then backing off from 100 ms to 2 s with jitter). Queries are files, as in db.h, prepared
 * on every connect. When the connection is lost each queued query's callback runs with
 * ERR_UNAVAILABLE: whether the one in flight was carried out is not known, and its owner asks the
 * database. Results are valid inside the callback only.
 */
#ifndef ATHANOR_DBA_H
#define ATHANOR_DBA_H

#include "base.h"
#include "db.h"
#include "err.h"
#include "loop.h"
#include "params.h"

struct dba;

/* `r` is NULL on failure and *e says why (codes as in db.h). */
typedef void dba_result_cb(void *arg, const struct db_result *r, const struct err *e);

struct dba_events {
    void (*up)(void *arg);                        /* connected and prepared; LISTEN here */
    void (*down)(void *arg, const struct err *e); /* lost, or could not connect; once an outage */
    void (*notify)(void *arg, const char *channel, const char *payload);
    void *arg;
};

/* Starts to connect; returns at once. Fails only when a query file cannot be read. A query that
 * Postgres refuses to prepare is reported by `down` with ERR_INTERNAL. */
MUST_CHECK struct dba *dba_new(struct loop *l, const char *conninfo, const char *const *folders,
                               const struct dba_events *events, struct err *e);

/* Drops the connection; callbacks of queued queries are not called. */
void dba_free(struct dba *d);

bool dba_is_up(const struct dba *d);

/* Queues a named query; takes the parameters by copy, so *p can be reset at once. While down it
 * fails at once, from the loop, with ERR_UNAVAILABLE. `cb` may be NULL. */
void dba_query(struct dba *d, const char *name, struct params *p, dba_result_cb *cb, void *arg);

/* The same, but takes the parameters out of *p instead of copying them: for large ones. */
void dba_query_move(struct dba *d, const char *name, struct params *p, dba_result_cb *cb,
                    void *arg);

/* LISTEN or UNLISTEN; `channel` is made of [a-z0-9_]. Not remembered across reconnects: do it in
 * `up`. `cb` (may be NULL) gets a result once it is so. */
void dba_listen(struct dba *d, const char *channel, bool on, dba_result_cb *cb, void *arg);

/* Queries queued or in flight. */
size_t dba_pending(const struct dba *d);

#endif
