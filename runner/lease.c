#include "lease.h"

#include "params.h"

#include <stdlib.h>

struct lease {
    struct dba *db;
    int64_t run, epoch;
    struct lease_events events;
    struct loop_timer *timer;
    struct params *params;
    bool asking, again; /* a heartbeat is under way; another was wanted meanwhile */
    bool over;
    char *trouble; /* or NULL */
};

static void ask(struct lease *l);

static void on_heartbeat(void *arg, const struct db_result *r, const struct err *e)
{
    (void)e;
    struct lease *l = arg;
    l->asking = false;
    if (l->over)
        return;
    if (r && db_rows(r) == 0) {
        l->over = true;
        loop_timer_stop(l->timer);
        l->events.stale(l->events.arg);
        return;
    }
    if (r) {
        l->events.renewed(l->events.arg);
        if (db_bool(r, 0, 0))
            l->events.cancelled(l->events.arg, db_bool(r, 0, 1));
    }
    if (l->again && !l->over)
        ask(l);
}

static void ask(struct lease *l)
{
    l->again = l->asking;
    if (l->asking || l->over)
        return;
    l->asking = true;
    params_reset(l->params);
    params_int(l->params, l->run);
    params_int(l->params, l->epoch);
    params_text(l->params, l->trouble);
    dba_query(l->db, "heartbeat", l->params, on_heartbeat, l);
}

static void on_timer(void *arg)
{
    struct lease *l = arg;
    if (!l->asking && dba_is_up(l->db))
        ask(l);
}

struct lease *lease_new(struct loop *l, struct dba *db, int64_t run, int64_t epoch,
                        const struct lease_events *events)
{
    struct lease *lease = xcalloc(1, sizeof(*lease));
    lease->db = db;
    lease->run = run;
    lease->epoch = epoch;
    lease->events = *events;
    lease->params = params_new();
    lease->timer = loop_timer_new(l, on_timer, lease);
    loop_timer_start(lease->timer, LEASE_EVERY_MS, LEASE_EVERY_MS);
    return lease;
}

void lease_free(struct lease *l)
{
    if (!l)
        return;
    loop_timer_free(l->timer);
    params_free(l->params);
    free(l->trouble);
    free(l);
}

void lease_check(struct lease *l)
{
    ask(l);
}

void lease_trouble(struct lease *l, const char *text)
{
    free(l->trouble);
    l->trouble = text ? xstrdup(text) : NULL;
    ask(l);
}
