/*
 * dba_queue.h - queries that wait for dba's connection, in order; only dba.c includes it.
 *
 * A request belongs to the queue that it is on, or to whoever took it.
 */
#ifndef ATHANOR_DBA_QUEUE_H
#define ATHANOR_DBA_QUEUE_H

#include "base.h"
#include "dba.h"
#include "err.h"
#include "params.h"
#include "pg.h"

struct dba_request {
    struct dba_request *next;
    const struct pg_query *query; /* NULL: `script` is sent as it is */
    char *script;
    struct params *params;
    dba_result_cb *cb; /* may be NULL */
    void *arg;
    struct err fault; /* why it was not sent; code ERR_NONE if it may be */
};

struct dba_queue {
    struct dba_request *first, **end; /* *end is where the next one is linked */
};

void dba_queue_init(struct dba_queue *q);
void dba_queue_add(struct dba_queue *q, struct dba_request *r);

/* Takes the first one off, or NULL. */
struct dba_request *dba_queue_take(struct dba_queue *q);

/* Appends all of `from` to `to`; `from` is empty then. */
void dba_queue_move(struct dba_queue *to, struct dba_queue *from);

/* Frees all without calling back. */
void dba_queue_clear(struct dba_queue *q);
void dba_request_free(struct dba_request *r);

#endif
