#include "heads.h"

#include "catchup.h"
#include "clients.h"
#include "live.h"
#include "log.h"
#include "stream.h"
#include "wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALL_EVERY_S = 10,
    GRACE_MS = 100 /* how long a batch may take from its commit through Redis before it is read */
};

struct heads {
    struct hub *hub;
    struct loop_timer *grace;
    bool in_flight, again;
    uint64_t started, done;
    unsigned ticks;
};

static void on_grace(void *arg)
{
    struct heads *p = arg;
    list_each(at, &p->hub->runs.all)
    {
        struct run *run = list_item(at, struct run, all);
        if (run_is_behind(run))
            catchup_ring(p->hub->catchup, run);
    }
}

struct heads *heads_new(struct hub *h)
{
    struct heads *p = xcalloc(1, sizeof(*p));
    p->hub = h;
    p->grace = loop_timer_new(h->loop, on_grace, p);
    return p;
}

void heads_free(struct heads *p)
{
    if (!p)
        return;
    loop_timer_free(p->grace);
    free(p);
}

uint64_t heads_done(const struct heads *p)
{
    return p->done;
}

static bool is_due(const struct heads *p, const struct run *run)
{
    if (run->state == RUN_GONE)
        return false;
    return run->state != RUN_ENDED || run->recheck || p->ticks % ALL_EVERY_S == 0;
}

static void gone(struct heads *p, struct run *run)
{
    run->state = RUN_GONE;
    live_leave(p->hub->live, run);
    stream_wake(run, true);
    waits_run_ended(p->hub->waits, run);
}

static void learn(struct heads *p, struct run *run, const char *status, struct cursor head)
{
    bool active = strcmp(status, "pending") == 0 || strcmp(status, "running") == 0;
    snprintf(run->status, sizeof(run->status), "%s", status);
    if (!active && run->state != RUN_ENDED) {
        run->state = RUN_ENDED;
        run_set_progress(run, NULL);
        run_set_preview(run, NULL, 0);
        live_leave(p->hub->live, run);
        waits_run_ended(p->hub->waits, run);
        run_set_head(run, head);
        stream_wake(run, true);
        catchup_ring(p->hub->catchup, run); /* no message is to come any more */
    } else {
        run->state = active ? RUN_LIVE : RUN_ENDED;
        run_set_head(run, head);
    }
}

static void on_answer(void *arg, const struct db_result *r, const struct err *e)
{
    struct heads *p = arg;
    p->in_flight = false;
    if (!r) {
        log_debug("heads could not be read: %s", e->text);
        list_each(at, &p->hub->runs.all)
        {
            struct run *run = list_item(at, struct run, all);
            run->recheck |= run->asked_round == p->started;
        }
        return;
    }
    for (int64_t i = 0; i < db_rows(r); i++) {
        struct run *run = runs_find(&p->hub->runs, db_int(r, i, 0));
        if (!run || run->state == RUN_GONE)
            continue;
        run->asked_round = 0;
        learn(p, run, db_text(r, i, 1), (struct cursor){db_int(r, i, 2), db_int(r, i, 3)});
    }
    bool behind = false;
    list_each(at, &p->hub->runs.all)
    {
        struct run *run = list_item(at, struct run, all);
        if (run->asked_round == p->started)
            gone(p, run);
        behind |= run_is_behind(run);
    }
    p->done = p->started;
    if (behind && !loop_timer_active(p->grace))
        loop_timer_start(p->grace, live_is_up(p->hub->live) ? GRACE_MS : 0, 0);
    clients_join_all(p->hub->clients);
    if (p->again)
        heads_soon(p);
}

static void start(struct heads *p)
{
    size_t count = 0;
    int64_t *ids = xreallocarray(NULL, p->hub->runs.count + 1, sizeof(*ids));
    p->again = false;
    p->in_flight = true;
    p->started++;
    list_each(at, &p->hub->runs.all)
    {
        struct run *run = list_item(at, struct run, all);
        if (!is_due(p, run))
            continue;
        run->recheck = false;
        run->asked_round = p->started;
        ids[count++] = run->id;
    }
    struct params *params = params_new();
    params_int_array(params, ids, count);
    dba_query(p->hub->db, "heads", params, on_answer, p);
    params_free(params);
    free(ids);
}

uint64_t heads_soon(struct heads *p)
{
    if (p->in_flight || !dba_is_up(p->hub->db)) {
        p->again = true;
        return p->started + 1;
    }
    start(p);
    return p->started;
}

void heads_tick(struct heads *p)
{
    p->ticks++;
    if (p->hub->runs.count || p->again)
        heads_soon(p);
}
