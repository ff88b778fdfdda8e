#include "persist.h"

#include "append.h"
#include "log.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 1000, SOON_MS = 50 };

enum state {
    FLOWING, /* statements are sent as they come */
    STUCK,   /* something failed: answers are awaited, or the connection, or a retry's time */
    ASKING,  /* read_head is under way */
    OVER     /* stale or refused */
};

struct queue {
    struct batch *first, **end;
    size_t count;
};

struct persist {
    struct dba *db;
    struct spool *spool;
    int64_t run, epoch;
    uint64_t quota;
    struct persist_events events;
    enum state state;

    struct queue flight; /* sent, not known to be committed */
    struct queue memory; /* next, in order */
    size_t memory_bytes, flight_bytes;
    uint64_t large_end; /* where the last large batch that waits ends; 0: none does */
    uint64_t done_at;   /* the spool holds nothing before this that is not committed */
    uint64_t read_at;   /* the spool holds what follows from here on */
    struct queue held;  /* last: what the spool could not take */
    size_t unanswered;  /* of flight */
    int refusals;       /* in a row, of the same batch, for what is in it */
    struct err why;     /* what Postgres said last */
    struct err refusal; /* why it does not take the first batch, until it does */
    struct err full;    /* why the spool could not take the last batch, until it can */
    struct loop_timer *retry;
    struct params *params;
};

static void on_append(void *arg, const struct db_result *r, const struct err *e);
static void ask_head(void *arg);

/* -- queues -- */

static void queue_init(struct queue *q)
{
    *q = (struct queue){.end = &q->first};
}

static void queue_add(struct queue *q, struct batch *b)
{
    b->next = NULL;
    *q->end = b;
    q->end = &b->next;
    q->count++;
}

static struct batch *queue_take(struct queue *q)
{
    struct batch *b = q->first;
    if (!b)
        return NULL;
    q->first = b->next;
    if (!q->first)
        q->end = &q->first;
    q->count--;
    return b;
}

static void queue_clear(struct queue *q)
{
    for (struct batch *b; (b = queue_take(q));)
        batch_free(b);
}

struct persist *persist_new(struct loop *l, struct dba *db, struct spool *spool, int64_t run,
                            int64_t epoch, uint64_t quota, const struct persist_events *events)
{
    struct persist *p = xcalloc(1, sizeof(*p));
    p->db = db;
    p->spool = spool;
    p->run = run;
    p->epoch = epoch;
    p->quota = quota;
    p->events = *events;
    p->done_at = p->read_at = spool_end(spool);
    queue_init(&p->flight);
    queue_init(&p->memory);
    queue_init(&p->held);
    p->retry = loop_timer_new(l, ask_head, p);
    p->params = params_new();
    return p;
}

void persist_free(struct persist *p)
{
    if (!p)
        return;
    queue_clear(&p->flight);
    queue_clear(&p->memory);
    queue_clear(&p->held);
    loop_timer_free(p->retry);
    params_free(p->params);
    free(p);
}

/* -- sending -- */

static void send_batch(struct persist *p, const struct batch *b)
{
    const char *query = append_params(p->params, b, p->epoch);
    p->unanswered++;
    dba_query_move(p->db, query, p->params, on_append, p);
}

static void be_refused(struct persist *p, const struct err *e)
{
    p->state = OVER;
    p->events.refused(p->events.arg, e);
}

/* The next batch in order, from memory or from the spool. */
static struct batch *take_next(struct persist *p)
{
    struct err e = {0};
    struct batch *b = queue_take(&p->memory);
    if (b) {
        p->memory_bytes -= batch_size(b);
        return b;
    }
    if (p->read_at < spool_end(p->spool)) {
        if (spool_read(p->spool, p->read_at, p->run, &b, &e) == 1) {
            p->read_at = b->spool_end;
            return b;
        }
        if (e.code == ERR_NONE)
            err_set(&e, ERR_IO, "the spool is damaged");
        be_refused(p, &e);
        return NULL;
    }
    return queue_take(&p->held);
}

static void pump(struct persist *p)
{
    while (p->state == FLOWING && p->flight.count < PERSIST_FLIGHT &&
           p->flight_bytes <= PERSIST_LARGE) {
        struct batch *b = take_next(p);
        if (!b)
            return;
        queue_add(&p->flight, b);
        p->flight_bytes += batch_size(b);
        send_batch(p, b);
    }
}

static void note_large(struct persist *p, const struct batch *b)
{
    if (batch_size(b) > PERSIST_LARGE)
        p->large_end = b->spool_end;
}

void persist_submit(struct persist *p, struct batch *b)
{
    struct err e = {0};
    bool spilled = p->read_at < spool_end(p->spool);
    if (p->state == OVER) {
        batch_free(b);
        return;
    }
    if (p->held.count || spool_append(p->spool, b, &e) != 0) {
        if (!p->held.count && p->full.code == ERR_NONE)
            log_error(
                "run %lld: %s; the program waits whenever postgres has not taken what is there",
                (long long)p->run, e.text);
        if (!p->held.count)
            p->full = e;
        queue_add(&p->held, b);
    } else if (spilled || p->memory_bytes > PERSIST_MEMORY) {
        err_clear(&p->full);
        note_large(p, b);
        batch_free(b);
    } else {
        err_clear(&p->full);
        note_large(p, b);
        p->read_at = b->spool_end;
        p->memory_bytes += batch_size(b);
        queue_add(&p->memory, b);
    }
    pump(p);
}

/* -- answers -- */

static void commit_first(struct persist *p)
{
    struct batch *b = queue_take(&p->flight);
    uint64_t end = b->spool_end;
    p->refusals = 0;
    err_clear(&p->refusal);
    p->flight_bytes -= batch_size(b);
    if (end)
        spool_commit(p->spool, p->done_at = end);
    p->events.committed(p->events.arg, b);
    batch_free(b);
    if (p->large_end && end >= p->large_end) {
        p->large_end = 0;
        malloc_trim(0);
    }
}

/* Postgres has gone: what is large waits in the spool alone, where it stands already. If it was
 * committed after all, that is found out when it is sent again. */
static void put_back(struct persist *p)
{
    struct queue *queues[] = {&p->flight, &p->memory};
    if (p->flight_bytes + p->memory_bytes <= PERSIST_MEMORY)
        return;
    for (size_t i = 0; i < ARRAY_LEN(queues); i++)
        for (const struct batch *b = queues[i]->first; b; b = b->next)
            if (!b->spool_end) /* the disk was full */
                return;
    queue_clear(&p->flight);
    queue_clear(&p->memory);
    p->flight_bytes = p->memory_bytes = 0;
    p->read_at = p->done_at;
    malloc_trim(0);
}

/* All answers are in and one was not a success: what is next depends on whether asking makes sense
 * now. */
static void consider(struct persist *p)
{
    if (p->unanswered)
        return;
    if (p->why.code == ERR_UNAVAILABLE)
        put_back(p);
    if (p->why.code != ERR_UNAVAILABLE && p->why.code != ERR_NONE)
        loop_timer_start(p->retry, RETRY_MS, 0);
    else if (dba_is_up(p->db))
        loop_timer_start(p->retry, p->why.code == ERR_NONE ? 0 : SOON_MS, 0);
}

static void on_append(void *arg, const struct db_result *r, const struct err *e)
{
    struct persist *p = arg;
    p->unanswered--;
    if (p->state == OVER)
        return;
    if (p->state == FLOWING && r && db_rows(r) == 1) {
        commit_first(p);
        pump(p);
        return;
    }
    if (p->state == FLOWING) {
        err_clear(&p->why);
        if (e)
            p->why = *e;
        if (e && e->code != ERR_UNAVAILABLE) {
            log_error("run %lld: postgres does not take a batch: %s", (long long)p->run, e->text);
            p->refusals = append_is_final(e) ? p->refusals + 1 : 0;
            p->refusal = *e;
        }
        p->state = STUCK;
    }
    consider(p);
}

static bool covers(const struct batch *b, int64_t lines, int64_t records)
{
    return b->head.last_line <= lines && b->head.last_record <= records;
}

/* The head is known: drops what it covers, sends the rest again. */
static void resume(struct persist *p, int64_t lines, int64_t records)
{
    while (p->flight.first && covers(p->flight.first, lines, records))
        commit_first(p);
    const struct batch *first = p->flight.first;
    if (first && (first->head.first_line != lines + 1 || first->head.first_record != records + 1)) {
        struct err e = {0};
        err_set(&e, ERR_INTERNAL, "the run's head stands at %lld.%lld, not before line %lld",
                (long long)lines, (long long)records, (long long)first->head.first_line);
        be_refused(p, &e);
        return;
    }
    if (first && p->refusals >= APPEND_REFUSALS) {
        be_refused(p, &p->refusal);
        return;
    }
    p->state = FLOWING;
    for (struct batch *b = p->flight.first; b; b = b->next)
        send_batch(p, b);
    pump(p);
}

static void on_head(void *arg, const struct db_result *r, const struct err *e)
{
    struct persist *p = arg;
    if (p->state != ASKING)
        return;
    p->state = STUCK;
    if (!r) {
        p->why = *e;
        consider(p);
        return;
    }
    if (db_rows(r) == 0 || db_int(r, 0, 0) != p->epoch) {
        p->state = OVER;
        p->events.stale(p->events.arg);
        return;
    }
    resume(p, db_int(r, 0, 1), db_int(r, 0, 2));
}

static void ask_head(void *arg)
{
    struct persist *p = arg;
    if (p->state != STUCK || p->unanswered)
        return;
    p->state = ASKING;
    params_reset(p->params);
    params_int(p->params, p->run);
    dba_query(p->db, "read_head", p->params, on_head, p);
}

void persist_up(struct persist *p)
{
    ask_head(p);
}

/* -- how it stands -- */

bool persist_is_idle(const struct persist *p)
{
    return p->flight.count + p->memory.count + p->held.count == 0 &&
           p->read_at >= spool_end(p->spool);
}

bool persist_is_safe(const struct persist *p)
{
    return p->held.count == 0;
}

bool persist_is_full(const struct persist *p)
{
    uint64_t limit = p->quota;
    if (p->state == FLOWING && p->quota > PERSIST_BURST)
        limit = PERSIST_BURST;
    return p->held.count > 0 || (p->state == FLOWING && p->large_end) ||
           spool_backlog(p->spool) >= limit;
}

enum persist_trouble persist_trouble(const struct persist *p, char *out, size_t size)
{
    if (p->full.code != ERR_NONE) {
        snprintf(out, size, "%s", p->full.text);
        return PERSIST_SPOOL;
    }
    if (p->refusal.code != ERR_NONE) {
        snprintf(out, size, "the database does not take its output: %s", p->refusal.text);
        return PERSIST_REFUSED;
    }
    if (p->state != FLOWING && spool_backlog(p->spool) >= p->quota) {
        snprintf(out, size,
                 "the database is away and the spool has its full %llu MiB, so the program waits",
                 (unsigned long long)p->quota >> 20);
        return PERSIST_QUOTA;
    }
    return PERSIST_WELL;
}

bool persist_is_busy(const struct persist *p)
{
    return p->state != FLOWING || p->flight.count + p->memory.count >= PERSIST_FLIGHT;
}
