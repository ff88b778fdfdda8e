#include "queue.h"

#include "log.h"
#include "params.h"

#include <stdio.h>
#include <stdlib.h>

struct queue {
    struct dba *db;
    struct jobs *jobs;
    const struct registry *registry;
    struct queue_events events;
    struct loop_timer *timer;
    struct params *params;
    int64_t capacity, runner;
    bool asking, again;
};

static void ask(struct queue *q);

static void on_released(void *arg, const struct db_result *r, const struct err *e)
{
    (void)r;
    (void)e;
    queue_wake(arg);
}

void queue_release(struct queue *q, int64_t run)
{
    params_reset(q->params);
    params_int(q->params, run);
    dba_query(q->db, "release", q->params, on_released, q);
}

void queue_fail(struct queue *q, int64_t run, const char *why)
{
    log_error("run %lld cannot be started: %s", (long long)run, why);
    params_reset(q->params);
    params_int(q->params, run);
    params_text(q->params, why);
    dba_query(q->db, "fail_start", q->params, NULL, NULL);
}

static void say_trouble(struct queue *q, int64_t run, const struct err *why)
{
    char text[sizeof(why->text) + 64];
    snprintf(text, sizeof(text), "it cannot be started yet: %s", why->text);
    params_reset(q->params);
    params_int(q->params, run);
    params_text(q->params, text);
    dba_query(q->db, "say_trouble", q->params, NULL, NULL);
}

static void start(struct queue *q, int64_t run, const char *experiment)
{
    struct offered x;
    struct err e = {0};
    if (!registry_get(q->registry, experiment, &x)) {
        queue_release(q, run); /* it went while we asked */
    } else if (jobs_start(q->jobs, run, q->runner, &x, &e) != 0) {
        /* No release: it is tried again when the reservation has run out, not at once and for ever.
         */
        log_error("cannot start the supervisor of run %lld: %s", (long long)run, e.text);
        say_trouble(q, run, &e);
    }
}

static void on_reserved(void *arg, const struct db_result *r, const struct err *e)
{
    struct queue *q = arg;
    q->asking = false;
    if (!r) {
        if (e->code != ERR_UNAVAILABLE)
            log_error("cannot reserve runs: %s", e->text);
        return;
    }
    for (int64_t i = 0; i < db_rows(r); i++)
        start(q, db_int(r, i, 0), db_text(r, i, 1));
    if (q->again || db_rows(r) > 0)
        ask(q);
    else if (q->events.empty)
        q->events.empty(q->events.arg);
}

static void ask(struct queue *q)
{
    int64_t room = q->capacity - (int64_t)jobs_running(q->jobs);
    q->again = q->asking;
    if (q->asking || room <= 0 || !q->runner || !dba_is_up(q->db))
        return;
    params_reset(q->params);
    params_int(q->params, q->runner);
    registry_put_names(q->registry, q->params);
    params_int(q->params, room);
    q->asking = true;
    dba_query(q->db, "reserve", q->params, on_reserved, q);
}

static void on_timer(void *arg)
{
    ask(arg);
}

struct queue *queue_new(struct loop *l, struct dba *db, struct jobs *jobs,
                        const struct registry *registry, int64_t capacity,
                        const struct queue_events *events)
{
    struct queue *q = xcalloc(1, sizeof(*q));
    q->db = db;
    q->jobs = jobs;
    q->registry = registry;
    q->capacity = capacity;
    q->events = *events;
    q->params = params_new();
    q->timer = loop_timer_new(l, on_timer, q);
    loop_timer_start(q->timer, QUEUE_POLL_MS, QUEUE_POLL_MS);
    return q;
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    loop_timer_free(q->timer);
    params_free(q->params);
    free(q);
}

void queue_set_runner(struct queue *q, int64_t runner)
{
    q->runner = runner;
}

void queue_wake(struct queue *q)
{
    ask(q);
}
