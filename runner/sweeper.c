#include "sweep.h"

#include "log.h"

#include <stdlib.h>

struct sweeper {
    struct processes *processes;
    const char *config;
    struct loop_timer *timer;
    bool running;
};

static void on_end(void *arg, int wait_status)
{
    (void)wait_status; /* it has said itself what was wrong */
    struct sweeper *s = arg;
    s->running = false;
}

static void on_time(void *arg)
{
    struct sweeper *s = arg;
    struct err e = {0};
    const char *with[] = {"--config", s->config, "sweep", NULL};
    if (s->running)
        return;
    s->running = process_start(s->processes, s->config ? with : with + 2, NULL, on_end, s, &e);
    if (!s->running)
        log_warn("cannot sweep the store: %s", e.text);
}

struct sweeper *sweeper_new(struct loop *l, struct processes *processes, const char *config)
{
    struct sweeper *s = xcalloc(1, sizeof(*s));
    s->processes = processes;
    s->config = config;
    s->timer = loop_timer_new(l, on_time, s);
    return s;
}

void sweeper_free(struct sweeper *s)
{
    if (!s)
        return;
    loop_timer_free(s->timer);
    free(s);
}

void sweeper_start(struct sweeper *s)
{
    if (!loop_timer_active(s->timer))
        loop_timer_start(s->timer, 0, SWEEP_EVERY_MS);
}
