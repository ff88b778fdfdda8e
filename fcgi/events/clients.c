#include "clients.h"

#include "join.h"
#include "log.h"
#include "stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    SLOTS = 15, /* the wheel: each second one slot, so each client every 15 s */
    ARRIVE_MS = 5000,
    JOIN_MS = 10000,
    STALL_MS = 60000,
    ACCEPT_ROUND = 64,
    ACCEPT_PAUSE_MS = 100,
    BEHIND_US = 5000, /* of a round go to those who catch up, so that the others stay live */
    EXTRA_CONNECTIONS = 1024, /* beyond the streams: those that arrive or are refused */
    LEAVE_SPREAD_MS = 2       /* between two clients that come back after a restart */
};

struct clients {
    struct hub *hub;
    struct loop_io *listen;
    struct loop_prepare *prepare;
    struct loop_timer *resume; /* the next accept after a pause */
    struct loop_timer *again;  /* the next round of flushes */
    int listen_fd;
    struct out *out;
    struct link arriving, dead, many;
    struct link dirty, dirty_behind;
    struct link wheel[SLOTS];
    unsigned slot;
    int64_t count, settled;
    struct frame *ping;
    bool full_told;
};

static void on_resume(void *arg)
{
    struct clients *all = arg;
    if (!all->hub->leaving)
        loop_io_set(all->listen, LOOP_READ);
}

static void pause_accepting(struct clients *all, const char *why)
{
    if (!all->full_told)
        log_warn("accepting no connections for now: %s", why);
    all->full_told = true;
    loop_io_set(all->listen, 0);
    loop_timer_start(all->resume, ACCEPT_PAUSE_MS, 0);
}

static void on_listen(void *arg, int events)
{
    struct clients *all = arg;
    (void)events;
    for (int i = 0; i < ACCEPT_ROUND; i++) {
        if (all->count >= all->hub->conf->sse_clients + EXTRA_CONNECTIONS) {
            pause_accepting(all, "too many are open");
            return;
        }
        int fd = accept4(all->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0) {
            if (errno != EAGAIN)
                pause_accepting(all, "no descriptor or no memory is left");
            return;
        }
        struct client *c = client_new(all->hub, fd);
        list_append(&all->arriving, &c->of_phase);
        all->count++;
        all->hub->stats.accepted++;
        all->full_told = false;
    }
}

static void free_dead(struct clients *all)
{
    for (struct link *l; (l = list_shift(&all->dead));)
        client_free(list_item(l, struct client, of_phase));
}

/* Everything that happened in this round goes out in one write a client. */
static void on_prepare(void *arg)
{
    struct clients *all = arg;
    struct link now;
    list_init(&now);
    list_splice(&now, &all->dirty);
    for (struct link *l; (l = list_shift(&now));)
        client_flush(list_item(l, struct client, dirty));
    int64_t until = clock_mono_us() + BEHIND_US;
    while (!list_empty(&all->dirty_behind) && clock_mono_us() < until)
        client_flush(list_item(list_shift(&all->dirty_behind), struct client, dirty));
    free_dead(all);
    frame_unref(all->ping);
    all->ping = NULL;
    if (!list_empty(&all->dirty) || !list_empty(&all->dirty_behind))
        loop_timer_start(all->again, 0, 0);
    if (all->hub->leaving && !all->count)
        loop_stop(all->hub->loop);
}

/* Only ends the wait, so that the next round begins. */
static void on_again(void *arg)
{
    (void)arg;
}

struct clients *clients_new(struct hub *h, int listen_fd)
{
    struct clients *all = xcalloc(1, sizeof(*all));
    all->hub = h;
    all->listen_fd = listen_fd;
    all->out = out_new();
    list_init(&all->arriving);
    list_init(&all->dirty);
    list_init(&all->dirty_behind);
    list_init(&all->dead);
    list_init(&all->many);
    for (int i = 0; i < SLOTS; i++)
        list_init(&all->wheel[i]);
    all->resume = loop_timer_new(h->loop, on_resume, all);
    all->again = loop_timer_new(h->loop, on_again, all);
    all->prepare = loop_prepare_new(h->loop, on_prepare, all);
    all->listen = loop_io_new(h->loop, listen_fd, LOOP_READ, on_listen, all);
    return all;
}

static void kill_list(struct link *list)
{
    list_each(at, list) client_kill(list_item(at, struct client, of_phase));
}

void clients_free(struct clients *all)
{
    if (!all)
        return;
    kill_list(&all->arriving);
    for (int i = 0; i < SLOTS; i++)
        kill_list(&all->wheel[i]);
    free_dead(all);
    frame_unref(all->ping);
    loop_io_free(all->listen);
    loop_prepare_free(all->prepare);
    loop_timer_free(all->resume);
    loop_timer_free(all->again);
    out_free(all->out);
    free(all);
}

struct out *clients_out(struct clients *all)
{
    return all->out;
}

void clients_mark(struct clients *all, struct client *c)
{
    list_append(c->behind ? &all->dirty_behind : &all->dirty, &c->dirty);
}

void clients_bury(struct clients *all, struct client *c)
{
    list_remove(&c->dirty);
    list_remove(&c->of_phase);
    list_append(&all->dead, &c->of_phase);
    all->count--;
    all->settled -= c->settled;
}

void clients_settle(struct clients *all, struct client *c)
{
    if (c->settled)
        return;
    c->settled = true;
    all->settled++;
    list_remove(&c->of_phase);
    /* The slot just passed: the first ping is due in 15 s. */
    list_append(&all->wheel[(all->slot + SLOTS - 1) % SLOTS], &c->of_phase);
}

bool clients_have_room(const struct clients *all)
{
    return all->settled < all->hub->conf->sse_clients;
}

void clients_join_all(struct clients *all)
{
    list_each(at, &all->arriving)
    {
        struct client *c = list_item(at, struct client, of_phase);
        if (c->state == CLIENT_JOINING)
            join_step(c);
    }
}

void clients_add_many(struct clients *all, struct client *c)
{
    list_append(&all->many, &c->of_many);
}

bool clients_want_changes(const struct clients *all)
{
    return !list_empty(&all->many);
}

void clients_changed(struct clients *all, bool reset)
{
    list_each(at, &all->many)
    {
        struct client *c = list_item(at, struct client, of_many);
        c->reset_due |= reset;
        client_dirty(c);
    }
}

struct frame *clients_ping(struct clients *all)
{
    if (all->ping)
        return all->ping;
    char text[48];
    struct cursor nowhere = {0, 0};
    int len = snprintf(text, sizeof(text), "{\"now\":%lld}", (long long)clock_wall_ms());
    struct frame_part part = {text, (size_t)len};
    all->ping = frame_new(&all->hub->frames, FRAME_PING, 0, nowhere, nowhere, &part, 1);
    return all->ping;
}

static void check_arriving(struct clients *all, int64_t now)
{
    static const struct err away = {.code = ERR_UNAVAILABLE,
                                    .text = "the database does not answer: try again soon"};
    list_each(at, &all->arriving)
    {
        struct client *c = list_item(at, struct client, of_phase);
        if (now - c->arrived_at < ARRIVE_MS)
            return;
        if (c->state == CLIENT_READING)
            client_kill(c);
        else if (now - c->arrived_at >= JOIN_MS)
            client_problem(c, 503, &away);
    }
}

void clients_tick(struct clients *all)
{
    int64_t now = loop_now(all->hub->loop);
    all->slot = (all->slot + 1) % SLOTS;
    list_each(at, &all->wheel[all->slot])
    {
        struct client *c = list_item(at, struct client, of_phase);
        if (c->rest && now - c->moved_at >= STALL_MS) {
            all->hub->stats.cut_idle++;
            client_kill(c);
        } else if (c->state == CLIENT_STREAMING) {
            c->ping_due = true;
            client_dirty(c);
        }
    }
    check_arriving(all, now);
}

static struct client *longest_stalled(struct clients *all)
{
    struct client *found = NULL;
    for (int i = 0; i < SLOTS; i++) {
        list_each(at, &all->wheel[i])
        {
            struct client *c = list_item(at, struct client, of_phase);
            if (c->rest && (!found || c->moved_at < found->moved_at))
                found = c;
        }
    }
    return found;
}

void clients_cut_stalled(struct clients *all, size_t limit)
{
    struct client *c;
    while (all->hub->frames.bytes > limit && (c = longest_stalled(all))) {
        out_rest_free(c->rest);
        c->rest = NULL;
        client_kill(c);
        all->hub->stats.cut_memory++;
    }
}

void clients_leave(struct clients *all)
{
    static const struct err leaving = {.code = ERR_UNAVAILABLE,
                                       .text = "the server restarts: try again soon"};
    loop_io_set(all->listen, 0);
    int64_t spread = 500 + all->settled * LEAVE_SPREAD_MS;
    list_each(at, &all->arriving)
    {
        struct client *c = list_item(at, struct client, of_phase);
        if (c->state == CLIENT_JOINING)
            client_problem(c, 503, &leaving);
        else
            client_kill(c);
    }
    for (int i = 0; i < SLOTS; i++) {
        list_each(at, &all->wheel[i])
        {
            struct client *c = list_item(at, struct client, of_phase);
            if (c->state == CLIENT_WAITING) {
                client_problem(c, 503, &leaving);
            } else if (c->state == CLIENT_STREAMING) {
                c->retry_ms = (int)stream_jitter(500, spread);
                client_end(c);
            }
        }
    }
}

void clients_count(const struct clients *all, struct clients_counts *out)
{
    *out = (struct clients_counts){.open = all->count};
    for (int i = 0; i < SLOTS; i++) {
        list_each(at, &all->wheel[i])
        {
            struct client *c = list_item(at, struct client, of_phase);
            out->streaming += c->state == CLIENT_STREAMING;
            out->waiting += c->state == CLIENT_WAITING;
            if (c->rest) {
                out->stalled++;
                out->stalled_bytes += (int64_t)out_rest_bytes(c->rest);
            }
        }
    }
}
