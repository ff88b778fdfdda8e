/*
 * loop.h - the event loop; libev stands behind it and nothing else knows.
 *
 * The loop owns no watcher: whoever makes one frees it, inside its own callback too. Callbacks run
 * on the one thread that calls loop_run. Times are milliseconds of the monotonic clock. Free
 * watchers before the loop and before their descriptor is closed.
 */
#ifndef ATHANOR_LOOP_H
#define ATHANOR_LOOP_H

#include "base.h"

struct loop;
struct loop_io;
struct loop_timer;
struct loop_signal;
struct loop_prepare;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

typedef void loop_io_cb(void *arg, int events);
typedef void loop_cb(void *arg);

MUST_CHECK struct loop *loop_new(void);
void loop_free(struct loop *l);

/* Runs until loop_stop. */
void loop_run(struct loop *l);

/* Handles what is ready and waits at most once; for tests. */
void loop_run_once(struct loop *l);
void loop_stop(struct loop *l);

/* The loop's own clock: milliseconds, monotonic, taken at the start of this round. */
int64_t loop_now(struct loop *l);

/* Watches fd for LOOP_READ | LOOP_WRITE; 0 watches nothing yet. The fd stays the caller's. */
MUST_CHECK struct loop_io *loop_io_new(struct loop *l, int fd, int events, loop_io_cb *cb,
                                       void *arg);
void loop_io_set(struct loop_io *io, int events);
void loop_io_free(struct loop_io *io);

/* A timer that is not running yet. `repeat_ms` 0: once. Starting a running one sets it anew. */
MUST_CHECK struct loop_timer *loop_timer_new(struct loop *l, loop_cb *cb, void *arg);
void loop_timer_start(struct loop_timer *t, int64_t after_ms, int64_t repeat_ms);
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_active(const struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);

/* A signal, delivered as a callback between others. */
MUST_CHECK struct loop_signal *loop_signal_new(struct loop *l, int signo, loop_cb *cb, void *arg);
void loop_signal_free(struct loop_signal *s);

/* Called each round just before the loop waits: the place for what should be sent in one write. */
MUST_CHECK struct loop_prepare *loop_prepare_new(struct loop *l, loop_cb *cb, void *arg);
void loop_prepare_free(struct loop_prepare *p);

#endif
