#include "loop.h"

#include <ev.h>
#include <stdlib.h>

struct loop {
    struct ev_loop *ev;
    ev_check round; /* takes the time; also keeps a loop without other watchers waiting */
    int64_t now_ms;
};

struct loop_io {
    ev_io watcher; /* first, so that libev's pointer is ours */
    struct loop *loop;
    loop_io_cb *cb;
    void *arg;
    int events;
};

struct loop_timer {
    ev_timer watcher;
    struct loop *loop;
    loop_cb *cb;
    void *arg;
};

struct loop_signal {
    ev_signal watcher;
    struct loop *loop;
    loop_cb *cb;
    void *arg;
};

struct loop_prepare {
    ev_prepare watcher;
    struct loop *loop;
    loop_cb *cb;
    void *arg;
};

/* libev's own ev_now follows the wall clock, so the monotonic one is read beside it. */
static void on_round(struct ev_loop *ev, ev_check *watcher, int revents)
{
    (void)ev;
    (void)revents;
    struct loop *l = watcher->data;
    l->now_ms = clock_mono_ms();
}

struct loop *loop_new(void)
{
    struct loop *l = xcalloc(1, sizeof(*l));
    l->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    if (!l->ev)
        die("no event loop: the system offers neither epoll nor poll");
    l->now_ms = clock_mono_ms();
    ev_check_init(&l->round, on_round);
    ev_set_priority(&l->round, EV_MAXPRI);
    l->round.data = l;
    ev_check_start(l->ev, &l->round);
    return l;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    ev_check_stop(l->ev, &l->round);
    ev_loop_destroy(l->ev);
    free(l);
}

void loop_run(struct loop *l)
{
    ev_run(l->ev, 0);
}

void loop_run_once(struct loop *l)
{
    ev_run(l->ev, EVRUN_ONCE);
}

void loop_stop(struct loop *l)
{
    ev_break(l->ev, EVBREAK_ALL);
}

int64_t loop_now(struct loop *l)
{
    return l->now_ms;
}

static int to_ev(int events)
{
    return (events & LOOP_READ ? EV_READ : 0) | (events & LOOP_WRITE ? EV_WRITE : 0);
}

static void on_io(struct ev_loop *ev, ev_io *watcher, int revents)
{
    (void)ev;
    struct loop_io *io = (struct loop_io *)watcher;
    int events = (revents & EV_READ ? LOOP_READ : 0) | (revents & EV_WRITE ? LOOP_WRITE : 0);
    if (revents & EV_ERROR) /* libev gave the descriptor up: let the owner's next call find out */
        events = io->events;
    io->cb(io->arg, events);
}

struct loop_io *loop_io_new(struct loop *l, int fd, int events, loop_io_cb *cb, void *arg)
{
    struct loop_io *io = xcalloc(1, sizeof(*io));
    io->loop = l;
    io->cb = cb;
    io->arg = arg;
    io->events = events;
    ev_io_init(&io->watcher, on_io, fd, to_ev(events));
    if (events)
        ev_io_start(l->ev, &io->watcher);
    return io;
}

void loop_io_set(struct loop_io *io, int events)
{
    if (io->events == events)
        return;
    io->events = events;
    ev_io_stop(io->loop->ev, &io->watcher);
    ev_io_modify(&io->watcher, to_ev(events));
    if (events)
        ev_io_start(io->loop->ev, &io->watcher);
}

void loop_io_free(struct loop_io *io)
{
    if (!io)
        return;
    ev_io_stop(io->loop->ev, &io->watcher);
    free(io);
}

static void on_timer(struct ev_loop *ev, ev_timer *watcher, int revents)
{
    (void)ev;
    (void)revents;
    struct loop_timer *t = (struct loop_timer *)watcher;
    t->cb(t->arg);
}

struct loop_timer *loop_timer_new(struct loop *l, loop_cb *cb, void *arg)
{
    struct loop_timer *t = xcalloc(1, sizeof(*t));
    t->loop = l;
    t->cb = cb;
    t->arg = arg;
    ev_timer_init(&t->watcher, on_timer, 0., 0.);
    return t;
}

void loop_timer_start(struct loop_timer *t, int64_t after_ms, int64_t repeat_ms)
{
    ev_timer_stop(t->loop->ev, &t->watcher);
    /* Counted from now, not from the start of a round that may have lasted long. */
    ev_now_update(t->loop->ev);
    ev_timer_set(&t->watcher, (double)MAX(after_ms, 0) / 1e3, (double)MAX(repeat_ms, 0) / 1e3);
    ev_timer_start(t->loop->ev, &t->watcher);
}

void loop_timer_stop(struct loop_timer *t)
{
    ev_timer_stop(t->loop->ev, &t->watcher);
}

bool loop_timer_active(const struct loop_timer *t)
{
    return ev_is_active(&t->watcher);
}

void loop_timer_free(struct loop_timer *t)
{
    if (!t)
        return;
    ev_timer_stop(t->loop->ev, &t->watcher);
    free(t);
}

static void on_signal(struct ev_loop *ev, ev_signal *watcher, int revents)
{
    (void)ev;
    (void)revents;
    struct loop_signal *s = (struct loop_signal *)watcher;
    s->cb(s->arg);
}

struct loop_signal *loop_signal_new(struct loop *l, int signo, loop_cb *cb, void *arg)
{
    struct loop_signal *s = xcalloc(1, sizeof(*s));
    s->loop = l;
    s->cb = cb;
    s->arg = arg;
    ev_signal_init(&s->watcher, on_signal, signo);
    ev_signal_start(l->ev, &s->watcher);
    return s;
}

void loop_signal_free(struct loop_signal *s)
{
    if (!s)
        return;
    ev_signal_stop(s->loop->ev, &s->watcher);
    free(s);
}

static void on_prepare(struct ev_loop *ev, ev_prepare *watcher, int revents)
{
    (void)ev;
    (void)revents;
    struct loop_prepare *p = (struct loop_prepare *)watcher;
    p->cb(p->arg);
}

struct loop_prepare *loop_prepare_new(struct loop *l, loop_cb *cb, void *arg)
{
    struct loop_prepare *p = xcalloc(1, sizeof(*p));
    p->loop = l;
    p->cb = cb;
    p->arg = arg;
    ev_prepare_init(&p->watcher, on_prepare);
    ev_prepare_start(l->ev, &p->watcher);
    return p;
}

void loop_prepare_free(struct loop_prepare *p)
{
    if (!p)
        return;
    ev_prepare_stop(p->loop->ev, &p->watcher);
    free(p);
}
