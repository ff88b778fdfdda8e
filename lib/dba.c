/*
 * One connection walks DOWN -> CONNECTING -> PREPARING -> UP, and from anywhere back to DOWN
 * through lose(), which alone closes it. Callbacks of the owner run from the loop only, never from
 * within a call of his; each of them may free the whole thing, so the handlers that call back hold
 * it (enter, leave) and look at `freed` before they go on.
 */
#include "dba.h"

#include "backoff.h"
#include "dba_queue.h"
#include "pg.h"

#include <stdlib.h>
#include <string.h>

enum { CONNECT_TIMEOUT_MS = 10000, STABLE_AFTER_MS = 1000 };

enum dba_state { DBA_DOWN, DBA_CONNECTING, DBA_PREPARING, DBA_UP };

struct dba {
    struct loop *loop;
    struct dba_events events;
    char *conninfo;
    struct pg_target target;
    struct pg_queries queries;

    enum dba_state state;
    PGconn *conn;             /* NULL when DBA_DOWN */
    struct loop_io *io;       /* on the connection's socket, while there is one */
    struct loop_timer *timer; /* DBA_DOWN: the next attempt; up to DBA_UP: the end of patience */
    struct backoff backoff;
    size_t prepared;
    int64_t up_since;
    enum err_code told; /* what `down` last said in this outage, ERR_NONE while none */

    struct dba_queue queue;  /* DBA_UP only; the first is in flight if `sent` */
    struct dba_queue failed; /* to be told by `soon` */
    size_t pending;          /* on both lists */
    bool sent;
    PGresult *result; /* of the first, until it is complete */

    struct loop_timer *soon; /* for what a call of the owner found out */
    struct err trouble;      /* a send failed; code ERR_NONE if not */
    int busy;
    bool freed;
};

static void destroy(struct dba *d)
{
    loop_io_free(d->io);
    loop_timer_free(d->timer);
    loop_timer_free(d->soon);
    PQclear(d->result);
    PQfinish(d->conn);
    dba_queue_clear(&d->queue);
    dba_queue_clear(&d->failed);
    pg_queries_release(&d->queries);
    free(d->conninfo);
    free(d);
}

static void enter(struct dba *d)
{
    d->busy++;
}

static void leave(struct dba *d)
{
    if (!--d->busy && d->freed)
        destroy(d);
}

/* Takes a request off its list for good and tells its owner. */
static void answer(struct dba *d, struct dba_request *r, PGresult *res, const struct err *e)
{
    struct db_result result = {.res = res};
    d->pending--;
    if (r->cb && !d->freed)
        r->cb(r->arg, res ? &result : NULL, e);
    dba_request_free(r);
}

/* -- the connection -- */

static void watch(struct dba *d, int events);

static void unwatch(struct dba *d)
{
    loop_io_free(d->io);
    d->io = NULL;
}

static void tell_down(struct dba *d, const struct err *e)
{
    /* Once an outage; but that a query is bad is told even if the server was away before. */
    if (d->told == e->code || (d->told && e->code == ERR_UNAVAILABLE))
        return;
    d->told = e->code;
    if (d->events.down)
        d->events.down(d->events.arg, e);
}

/* Closes the connection, plans the next attempt and tells everybody who waits. */
static void lose(struct dba *d, const struct err *why)
{
    struct err e = *why; /* it may stand in what is reset here */
    struct dba_queue lost;
    unwatch(d);
    PQclear(d->result);
    d->result = NULL;
    PQfinish(d->conn);
    d->conn = NULL;
    d->sent = false;
    err_clear(&d->trouble);
    if (d->state == DBA_UP && loop_now(d->loop) - d->up_since >= STABLE_AFTER_MS)
        backoff_reset(&d->backoff, 0);
    d->state = DBA_DOWN;
    loop_timer_start(d->timer, backoff_next(&d->backoff), 0);

    dba_queue_init(&lost);
    dba_queue_move(&lost, &d->queue);
    tell_down(d, &e);
    e.code = ERR_UNAVAILABLE;
    for (struct dba_request *r; (r = dba_queue_take(&lost));)
        answer(d, r, NULL, &e);
}

static void lose_conn(struct dba *d)
{
    struct err e = {0};
    pg_err_conn(d->conn, &e);
    lose(d, &e);
}

/* Sends what libpq has buffered and watches for what it needs next. */
static int flush(struct dba *d)
{
    int left = PQflush(d->conn);
    if (left < 0)
        return -1;
    watch(d, LOOP_READ | (left ? LOOP_WRITE : 0));
    return 0;
}

/* Sends the first of the queue if none is in flight. A failure is left in `trouble`. */
static void send_next(struct dba *d)
{
    struct dba_request *r = d->queue.first;
    if (!r || d->sent || d->trouble.code)
        return;
    int ok = r->query ? PQsendQueryPrepared(d->conn, r->query->name, params_count(r->params),
                                            params_values(r->params), params_lengths(r->params),
                                            params_formats(r->params), 0)
                      : PQsendQuery(d->conn, r->script);
    d->sent = true;
    params_free(r->params); /* libpq has its own copy, and nothing is sent twice */
    r->params = NULL;
    if (!ok || flush(d)) {
        pg_err_conn(d->conn, &d->trouble);
        loop_timer_start(d->soon, 0, 0);
    }
}

static void become_up(struct dba *d)
{
    loop_timer_stop(d->timer);
    d->state = DBA_UP;
    d->up_since = loop_now(d->loop);
    d->told = ERR_NONE;
    watch(d, LOOP_READ);
    if (d->events.up)
        d->events.up(d->events.arg);
}

static void start_preparing(struct dba *d)
{
    struct err e = {0};
    if (PQsetnonblocking(d->conn, 1)) {
        lose_conn(d);
        return;
    }
    d->prepared = 0;
    d->state = DBA_PREPARING;
    if (!d->queries.count)
        become_up(d);
    else if (pg_prepare_send(d->conn, &d->queries, &e))
        lose(d, &e);
    else if (flush(d))
        lose_conn(d);
}

/* libpq may go to another socket between two polls (the next address, or without TLS), and has then
 * closed the old one; so the watch ends before each poll and begins anew. */
static void poll_connect(struct dba *d)
{
    unwatch(d);
    switch (PQconnectPoll(d->conn)) {
    case PGRES_POLLING_READING:
        watch(d, LOOP_READ);
        break;
    case PGRES_POLLING_WRITING:
        watch(d, LOOP_WRITE);
        break;
    case PGRES_POLLING_OK:
        start_preparing(d);
        break;
    default:
        lose_conn(d);
    }
}

static void start_connecting(struct dba *d)
{
    d->conn = PQconnectStartParams(d->target.keywords, d->target.values, 1);
    if (!d->conn)
        die("out of memory (connection)");
    if (PQstatus(d->conn) == CONNECTION_BAD) {
        lose_conn(d);
        return;
    }
    pg_conn_setup(d->conn);
    d->state = DBA_CONNECTING;
    loop_timer_start(d->timer, CONNECT_TIMEOUT_MS, 0);
    watch(d, LOOP_WRITE);
}

/* -- answers -- */

/* The first request has its complete result: the next one is on its way before the owner is told.
 */
static void finish(struct dba *d)
{
    struct err e = {0};
    struct dba_request *r = d->queue.first;
    PGresult *res = d->result;
    int rc = pg_check(d->conn, res, r->query, NULL, &e);
    if (rc && e.code == ERR_UNAVAILABLE) {
        lose(d, &e);
        return;
    }
    d->result = NULL;
    d->sent = false;
    dba_queue_take(&d->queue);
    send_next(d);
    answer(d, r, rc ? NULL : res, rc ? &e : NULL);
    PQclear(res);
}

static void take_results(struct dba *d)
{
    while (!d->freed && d->state == DBA_UP && d->sent && !PQisBusy(d->conn)) {
        PGresult *res = PQgetResult(d->conn);
        if (!res) {
            finish(d);
        } else if (d->result) { /* a script's first result tells enough */
            PQclear(res);
        } else {
            d->result = res;
        }
    }
}

static void take_notifies(struct dba *d)
{
    while (!d->freed && d->state == DBA_UP) {
        PGnotify *n = PQnotifies(d->conn);
        if (!n)
            break;
        if (d->events.notify)
            d->events.notify(d->events.arg, n->relname, n->extra);
        PQfreemem(n);
    }
}

static void exchange(struct dba *d, int events)
{
    struct err e = {0};
    if ((events & LOOP_READ) && !PQconsumeInput(d->conn)) {
        lose_conn(d);
        return;
    }
    if (d->state == DBA_PREPARING) {
        int rc = pg_prepare_read(d->conn, &d->queries, &d->prepared, false, &e);
        if (rc < 0)
            lose(d, &e);
        else if (rc)
            become_up(d);
    }
    take_results(d);
    take_notifies(d);
    if (!d->freed && d->conn && flush(d))
        lose_conn(d);
}

static void on_io(void *arg, int events)
{
    struct dba *d = arg;
    enter(d);
    if (d->state == DBA_CONNECTING)
        poll_connect(d);
    else
        exchange(d, events);
    leave(d);
}

static void watch(struct dba *d, int events)
{
    if (d->io)
        loop_io_set(d->io, events);
    else
        d->io = loop_io_new(d->loop, PQsocket(d->conn), events, on_io, d);
}

static void on_timer(void *arg)
{
    struct dba *d = arg;
    struct err e = {0};
    enter(d);
    if (d->state == DBA_DOWN) {
        start_connecting(d);
    } else {
        err_set(&e, ERR_UNAVAILABLE, "postgres: no answer for %d seconds",
                CONNECT_TIMEOUT_MS / 1000);
        lose(d, &e);
    }
    leave(d);
}

static void on_soon(void *arg)
{
    struct dba *d = arg;
    struct dba_queue failed;
    enter(d);
    if (d->trouble.code)
        lose(d, &d->trouble);
    dba_queue_init(&failed); /* a callback that asks again is told in the next round */
    dba_queue_move(&failed, &d->failed);
    for (struct dba_request *r; (r = dba_queue_take(&failed));)
        answer(d, r, NULL, &r->fault);
    leave(d);
}

/* -- for the owner -- */

struct dba *dba_new(struct loop *l, const char *conninfo, const char *const *folders,
                    const struct dba_events *events, struct err *e)
{
    struct dba *d = xcalloc(1, sizeof(*d));
    dba_queue_init(&d->queue);
    dba_queue_init(&d->failed);
    d->loop = l;
    if (events)
        d->events = *events;
    d->conninfo = xstrdup(conninfo);
    pg_target_init(&d->target, d->conninfo);
    if (pg_queries_load(&d->queries, folders, e)) {
        destroy(d);
        return NULL;
    }
    d->timer = loop_timer_new(l, on_timer, d);
    d->soon = loop_timer_new(l, on_soon, d);
    loop_timer_start(d->timer, backoff_next(&d->backoff), 0);
    return d;
}

void dba_free(struct dba *d)
{
    if (!d)
        return;
    d->freed = true;
    if (!d->busy)
        destroy(d);
}

bool dba_is_up(const struct dba *d)
{
    return d->state == DBA_UP;
}

static void submit(struct dba *d, struct dba_request *r)
{
    d->pending++;
    if (d->state == DBA_UP && !r->fault.code) {
        dba_queue_add(&d->queue, r);
        send_next(d);
        return;
    }
    if (!r->fault.code)
        err_set(&r->fault, ERR_UNAVAILABLE, "postgres: not connected");
    dba_queue_add(&d->failed, r);
    loop_timer_start(d->soon, 0, 0);
}

/* The parameters are the request's now. */
static void submit_query(struct dba *d, const char *name, struct params *p, dba_result_cb *cb,
                         void *arg)
{
    struct dba_request *r = xcalloc(1, sizeof(*r));
    r->query = pg_queries_find(&d->queries, name, &r->fault);
    r->params = p;
    r->cb = cb;
    r->arg = arg;
    submit(d, r);
}

void dba_query(struct dba *d, const char *name, struct params *p, dba_result_cb *cb, void *arg)
{
    submit_query(d, name, params_copy(p), cb, arg);
}

void dba_query_move(struct dba *d, const char *name, struct params *p, dba_result_cb *cb, void *arg)
{
    submit_query(d, name, params_move(p), cb, arg);
}

void dba_listen(struct dba *d, const char *channel, bool on, dba_result_cb *cb, void *arg)
{
    if (!*channel || channel[strspn(channel, "abcdefghijklmnopqrstuvwxyz0123456789_")])
        die("not the name of a channel: %s", channel);
    struct dba_request *r = xcalloc(1, sizeof(*r));
    r->script = xasprintf("%s %s", on ? "listen" : "unlisten", channel);
    r->cb = cb;
    r->arg = arg;
    submit(d, r);
}

size_t dba_pending(const struct dba *d)
{
    return d->pending;
}
