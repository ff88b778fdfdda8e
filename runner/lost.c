#include "lost.h"

#include "log.h"
#include "params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct watched {
    int64_t run, heartbeat;
    int64_t since;      /* monotonic: when this counter was seen first */
    bool still, silent; /* as was told last: without a heartbeat, without a word */
};

struct lost {
    struct dba *db;
    int64_t after_ms;
    struct loop_timer *timer;
    struct params *params;
    struct watched *runs; /* by run id; NULL before the first poll */
    size_t count;
    bool asking;
    int64_t answered_at; /* monotonic; 0: no poll has been answered yet */
};

static void lose(struct lost *x, const struct watched *w)
{
    char why[200];
    snprintf(why, sizeof(why), "no heartbeat of its supervisor for %lld s",
             (long long)(x->answered_at - w->since) / 1000);
    log_warn("run %lld is lost: %s", (long long)w->run, why);
    params_reset(x->params);
    params_int(x->params, w->run);
    params_int(x->params, w->heartbeat);
    params_text(x->params, why);
    dba_query(x->db, "lose_run", x->params, NULL, NULL);
}

static void tell(struct lost *x, int64_t run)
{
    params_reset(x->params);
    params_int(x->params, run);
    dba_query(x->db, "tell_run", x->params, NULL, NULL);
}

/* What was known of a run is known of it still. */
static void compare(struct lost *x, struct watched *w, const struct watched *before)
{
    if (w->heartbeat == before->heartbeat)
        w->since = MIN(w->since, before->since);
    w->still = x->answered_at - w->since >= LOST_STILL_MS;
    if (w->still != before->still || w->silent != before->silent)
        tell(x, w->run);
}

/* Both lists are in the order of run ids. */
static void take_heads(struct lost *x, const struct db_result *r)
{
    int64_t rows = db_rows(r), now = x->answered_at;
    struct watched *fresh = xcalloc((size_t)rows + 1, sizeof(*fresh));
    size_t old = 0;
    for (int64_t i = 0; i < rows; i++) {
        struct watched *w = &fresh[i];
        *w = (struct watched){.run = db_int(r, i, 0),
                              .heartbeat = db_int(r, i, 1),
                              .since = now,
                              .silent = db_bool(r, i, 2)};
        while (old < x->count && x->runs[old].run < w->run)
            old++;
        if (old < x->count && x->runs[old].run == w->run)
            compare(x, w, &x->runs[old]);
        else if (w->silent || !x->runs)
            tell(x, w->run); /* whoever has told of it before, it may be otherwise now */
    }
    free(x->runs);
    x->runs = fresh;
    x->count = (size_t)rows;
    for (size_t i = 0; i < x->count; i++)
        if (now - fresh[i].since >= x->after_ms)
            lose(x, &fresh[i]);
}

static void on_heads(void *arg, const struct db_result *r, const struct err *e)
{
    (void)e;
    struct lost *x = arg;
    int64_t now = clock_mono_ms();
    x->asking = false;
    /* Polls that were missed (we were stopped, or Postgres was slow) prove nothing. */
    if (!r || (x->answered_at && now - x->answered_at > 3 * LOST_POLL_MS))
        lost_reset(x);
    if (!r)
        return;
    x->answered_at = now;
    take_heads(x, r);
}

static void on_timer(void *arg)
{
    struct lost *x = arg;
    if (x->asking || !dba_is_up(x->db))
        return;
    x->asking = true;
    dba_query(x->db, "running_heads", NULL, on_heads, x);
}

struct lost *lost_new(struct loop *l, struct dba *db, int64_t lost_after_s)
{
    struct lost *x = xcalloc(1, sizeof(*x));
    x->db = db;
    x->after_ms = lost_after_s * 1000;
    x->params = params_new();
    x->timer = loop_timer_new(l, on_timer, x);
    loop_timer_start(x->timer, 0, LOST_POLL_MS);
    return x;
}

void lost_free(struct lost *x)
{
    if (!x)
        return;
    loop_timer_free(x->timer);
    params_free(x->params);
    free(x->runs);
    free(x);
}

void lost_reset(struct lost *x)
{
    for (size_t i = 0; i < x->count; i++)
        x->runs[i].since = INT64_MAX; /* what was told of it is kept, to be taken back */
    x->answered_at = 0;
}
