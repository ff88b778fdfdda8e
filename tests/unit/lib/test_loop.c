/* The event loop: what is ready is told, and everything may be freed from within its own callback.
 */
#include "loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "fixture.h"

struct seen {
    struct loop *loop;
    struct loop_io *io;
    struct loop_timer *timer;
    struct loop_signal *signal;
    struct loop_prepare *prepare;
    int events, calls, limit;
};

static void stop(void *arg)
{
    struct seen *s = arg;
    if (++s->calls >= s->limit)
        loop_stop(s->loop);
}

static void on_io(void *arg, int events)
{
    struct seen *s = arg;
    s->events |= events;
    s->calls++;
}

static int make_loop(void **state)
{
    struct seen *s = xcalloc(1, sizeof(*s));
    s->loop = loop_new();
    *state = s;
    return 0;
}

static int free_loop(void **state)
{
    struct seen *s = *state;
    loop_free(s->loop);
    free(s);
    return 0;
}

static void io_tells_what_is_watched(void **state)
{
    struct seen *s = *state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    struct loop_io *io = loop_io_new(s->loop, fds[0], 0, on_io, s);
    RUN_FOR(s->loop, 20);
    assert_int_equal(s->calls, 0);
    loop_io_set(io, LOOP_WRITE);
    RUN_UNTIL(s->loop, s->events == LOOP_WRITE);
    loop_io_set(io, LOOP_READ);
    s->events = s->calls = 0;
    RUN_FOR(s->loop, 20);
    assert_int_equal(s->calls, 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    loop_io_set(io, LOOP_READ | LOOP_WRITE);
    RUN_UNTIL(s->loop, s->events == (LOOP_READ | LOOP_WRITE));
    loop_io_set(io, 0);
    s->calls = 0;
    RUN_FOR(s->loop, 20);
    assert_int_equal(s->calls, 0);
    loop_io_free(io);
    close(fds[0]);
    close(fds[1]);
}

/* The number of a closed descriptor comes back at once, as with libpq's second socket. */
static void a_new_descriptor_of_the_same_number_is_watched(void **state)
{
    struct seen *s = *state;
    for (int round = 0; round < 3; round++) {
        int fds[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        struct loop_io *io = loop_io_new(s->loop, fds[0], LOOP_READ, on_io, s);
        assert_int_equal(write(fds[1], "x", 1), 1);
        s->events = 0;
        RUN_UNTIL(s->loop, s->events == LOOP_READ);
        loop_io_free(io);
        close(fds[0]);
        close(fds[1]);
    }
}

static void timers_fire_once_or_repeat(void **state)
{
    struct seen *s = *state;
    struct loop_timer *t = loop_timer_new(s->loop, stop, s);
    assert_false(loop_timer_active(t));
    s->limit = 1;
    int64_t start = clock_mono_ms();
    loop_timer_start(t, 30, 0);
    assert_true(loop_timer_active(t));
    loop_run(s->loop);
    assert_true(clock_mono_ms() - start >= 30);
    assert_true(loop_now(s->loop) - start >= 30);
    assert_false(loop_timer_active(t));
    s->calls = 0;
    s->limit = 3;
    loop_timer_start(t, 5, 5);
    loop_run(s->loop);
    assert_int_equal(s->calls, 3);
    assert_true(loop_timer_active(t));
    loop_timer_stop(t);
    RUN_FOR(s->loop, 20);
    assert_int_equal(s->calls, 3);
    loop_timer_free(t);
}

static void sleep_and_start(void *arg)
{
    struct seen *s = arg;
    usleep(60 * 1000);
    s->limit = 1;
    s->calls = 0;
    loop_timer_start(s->timer, 50, 0);
}

/* A round that took long must not make a timer that begins in it fire early. */
static void a_timer_counts_from_now(void **state)
{
    struct seen *s = *state;
    struct loop_timer *slow = loop_timer_new(s->loop, sleep_and_start, s);
    s->timer = loop_timer_new(s->loop, stop, s);
    int64_t start = clock_mono_ms();
    loop_timer_start(slow, 0, 0);
    loop_run(s->loop);
    assert_true(clock_mono_ms() - start >= 110);
    loop_timer_free(slow);
    loop_timer_free(s->timer);
}

static void on_signal(void *arg)
{
    struct seen *s = arg;
    loop_signal_free(s->signal);
    s->signal = NULL;
    stop(s);
}

static void signals_are_callbacks(void **state)
{
    struct seen *s = *state;
    s->limit = 1;
    s->signal = loop_signal_new(s->loop, SIGUSR1, on_signal, s);
    assert_int_equal(raise(SIGUSR1), 0);
    assert_int_equal(s->calls, 0);
    loop_run(s->loop);
    assert_int_equal(s->calls, 1);
    assert_null(s->signal);
}

static void on_prepare(void *arg)
{
    struct seen *s = arg;
    s->calls++;
    loop_prepare_free(s->prepare);
    s->prepare = NULL;
}

static void prepare_comes_before_the_wait(void **state)
{
    struct seen *s = *state;
    struct loop_timer *t = loop_timer_new(s->loop, fixture_tick, NULL);
    s->prepare = loop_prepare_new(s->loop, on_prepare, s);
    loop_timer_start(t, 1, 0);
    loop_run_once(s->loop);
    assert_int_equal(s->calls, 1);
    loop_timer_free(t);
}

static void free_timer(void *arg)
{
    struct seen *s = arg;
    loop_timer_free(s->timer);
    s->timer = NULL;
}

static void free_io(void *arg, int events)
{
    struct seen *s = arg;
    (void)events;
    loop_io_free(s->io);
    s->io = NULL;
}

static void watchers_free_themselves(void **state)
{
    struct seen *s = *state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    s->timer = loop_timer_new(s->loop, free_timer, s);
    s->io = loop_io_new(s->loop, fds[0], LOOP_WRITE, free_io, s);
    loop_timer_start(s->timer, 0, 5);
    RUN_UNTIL(s->loop, !s->timer && !s->io);
    close(fds[0]);
    close(fds[1]);
}

/* Somebody wakes a loop that watches nothing else; it has not returned by itself. */
static void an_idle_loop_waits(void **state)
{
    struct seen *s = *state;
    struct loop_timer *t = loop_timer_new(s->loop, stop, s);
    s->limit = 2;
    loop_timer_start(t, 1, 0);
    loop_timer_free(t);
    s->signal = loop_signal_new(s->loop, SIGALRM, on_signal, s);
    s->limit = 1;
    int64_t start = clock_mono_ms();
    ualarm(50 * 1000, 0);
    loop_run(s->loop);
    assert_true(clock_mono_ms() - start >= 40);
    assert_int_equal(s->calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(io_tells_what_is_watched, make_loop, free_loop),
        cmocka_unit_test_setup_teardown(a_new_descriptor_of_the_same_number_is_watched, make_loop,
                                        free_loop),
        cmocka_unit_test_setup_teardown(timers_fire_once_or_repeat, make_loop, free_loop),
        cmocka_unit_test_setup_teardown(a_timer_counts_from_now, make_loop, free_loop),
        cmocka_unit_test_setup_teardown(signals_are_callbacks, make_loop, free_loop),
        cmocka_unit_test_setup_teardown(prepare_comes_before_the_wait, make_loop, free_loop),
        cmocka_unit_test_setup_teardown(watchers_free_themselves, make_loop, free_loop),
        cmocka_unit_test_setup_teardown(an_idle_loop_waits, make_loop, free_loop),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
