#include "hub.h"

#include "auth.h"
#include "catchup.h"
#include "changes.h"
#include "clients.h"
#include "heads.h"
#include "live.h"
#include "log.h"
#include "wait.h"

#include <stdlib.h>

enum { TICK_MS = 1000, LEAVE_MS = 2000, IDLE_RUN_MS = 15000, RING_MIN = 64 * 1024 };

static void on_db_up(void *arg)
{
    struct hub *h = arg;
    log_info("connected to the database");
    changes_up(h->changes);
    auth_check_all(h->auth);
    heads_soon(h->heads);
    waits_retry(h->waits);
}

static void on_db_down(void *arg, const struct err *e)
{
    struct hub *h = arg;
    (void)h;
    log_warn("the database is away: %s", e->text);
}

static void on_db_notify(void *arg, const char *channel, const char *payload)
{
    struct hub *h = arg;
    (void)channel;
    changes_notify(h->changes, payload);
}

static void on_reads_up(void *arg)
{
    struct hub *h = arg;
    catchup_pump(h->catchup);
}

/* Frees the runs that nobody has watched for a while. */
static void drop_idle_runs(struct hub *h)
{
    int64_t now = loop_now(h->loop);
    list_each(at, &h->runs.idle)
    {
        struct run *run = list_item(at, struct run, idle);
        if (now - run->idle_since < IDLE_RUN_MS)
            return;
        if (run->read_in_flight)
            continue;
        live_leave(h->live, run);
        runs_drop(&h->runs, run);
    }
}

static void on_tick(void *arg)
{
    struct hub *h = arg;
    heads_tick(h->heads);
    auth_tick(h->auth);
    waits_retry(h->waits);
    catchup_tick(h->catchup);
    clients_tick(h->clients);
    drop_idle_runs(h);
    hub_trim(h);
}

static int connect_database(struct hub *h, struct err *e)
{
    char *folder = xasprintf("%s/events", h->conf->queries);
    const char *folders[] = {folder, NULL};
    struct dba_events events = {
        .up = on_db_up, .down = on_db_down, .notify = on_db_notify, .arg = h};
    struct dba_events reads = {.up = on_reads_up, .arg = h};
    h->db = dba_new(h->loop, h->conf->database, folders, &events, e);
    h->reads = h->db ? dba_new(h->loop, h->conf->database, folders, &reads, e) : NULL;
    free(folder);
    return h->reads ? 0 : -1;
}

struct hub *hub_new(struct loop *l, const struct conf *conf, int listen_fd, struct err *e)
{
    struct hub *h = xcalloc(1, sizeof(*h));
    h->conf = conf;
    h->loop = l;
    runs_init(&h->runs);
    if (connect_database(h, e) != 0)
        goto fail;
    h->auth = auth_new(h);
    h->heads = heads_new(h);
    h->live = live_new(h);
    h->catchup = catchup_new(h);
    h->changes = changes_new(h);
    h->waits = waits_new(h);
    h->clients = clients_new(h, listen_fd);
    h->tick = loop_timer_new(l, on_tick, h);
    loop_timer_start(h->tick, TICK_MS, TICK_MS);
    return h;
fail:
    hub_free(h);
    return NULL;
}

void hub_free(struct hub *h)
{
    if (!h)
        return;
    loop_timer_free(h->grace);
    loop_timer_free(h->tick);
    clients_free(h->clients);
    dba_free(h->reads);
    dba_free(h->db);
    waits_free(h->waits);
    changes_free(h->changes);
    catchup_free(h->catchup);
    live_free(h->live);
    heads_free(h->heads);
    auth_free(h->auth);
    runs_release(&h->runs);
    free(h);
}

static void on_grace(void *arg)
{
    struct hub *h = arg;
    loop_stop(h->loop);
}

void hub_leave(struct hub *h)
{
    if (h->leaving)
        return;
    h->leaving = true;
    h->grace = loop_timer_new(h->loop, on_grace, h);
    loop_timer_start(h->grace, LEAVE_MS, 0);
    clients_leave(h->clients);
}

size_t hub_memory_limit(const struct hub *h)
{
    return (size_t)h->conf->sse_memory_mb << 20;
}

void hub_trim(struct hub *h)
{
    size_t limit = hub_memory_limit(h);
    /* The newest page stays: somebody waits for it and would only have it read again. */
    while (h->frames.bytes > limit && h->runs.page_count > 1)
        runs_drop_page(&h->runs, list_item(h->runs.pages.next, struct page, of_all));
    if (h->frames.bytes <= limit)
        return;
    list_each(at, &h->runs.all)
    {
        struct run *run = list_item(at, struct run, all);
        while (run->ring.bytes > RING_MIN && trail_count(&run->ring) > 1)
            trail_shift(&run->ring);
    }
    if (h->frames.bytes > limit)
        clients_cut_stalled(h->clients, limit);
}
