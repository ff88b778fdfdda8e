/*
 * redis_test.h - what the tests of redis.h share: a Redis of the test's own, and two connections to
 * it that note what they hear.
 */
#ifndef ATHANOR_TEST_REDIS_H
#define ATHANOR_TEST_REDIS_H

#include "redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"

static struct fixture server;

struct side {
    struct redis *redis;
    int ups, downs, subscribed, messages;
    struct err down;
    char last[64];
    size_t last_len;
    bool free_in_up, free_in_down, free_in_message;
};

struct test {
    struct loop *loop;
    struct side pub, sub;
    int answers;
    char values[128];
};

static int start(void **state)
{
    (void)state;
    fixture_init(&server);
    fixture_start_redis(&server);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fixture_release(&server);
    return 0;
}

static void free_side(struct side *s)
{
    redis_free(s->redis);
    s->redis = NULL;
}

static void on_up(void *arg)
{
    struct side *s = arg;
    s->ups++;
    if (s->free_in_up)
        free_side(s);
}

static void on_down(void *arg, const struct err *e)
{
    struct side *s = arg;
    s->downs++;
    s->down = *e;
    assert_int_equal(e->code, ERR_UNAVAILABLE);
    assert_false(redis_is_up(s->redis));
    if (s->free_in_down)
        free_side(s);
}

static void on_subscribed(void *arg, const char *channel, size_t len)
{
    struct side *s = arg;
    assert_int_equal(strlen(channel), len);
    s->subscribed++;
}

static void on_message(void *arg, const char *channel, size_t channel_len, const char *data,
                       size_t len)
{
    struct side *s = arg;
    s->messages++;
    s->last_len = len;
    snprintf(s->last, sizeof(s->last), "%.*s=%.*s", (int)channel_len, channel, (int)len, data);
    if (s->free_in_message)
        free_side(s);
}

static void on_values(void *arg, const char *const *values, const size_t *lens, size_t count)
{
    struct test *t = arg;
    t->answers++;
    t->values[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t at = strlen(t->values);
        if (values[i])
            assert_int_equal(strlen(values[i]), lens[i]);
        snprintf(t->values + at, sizeof(t->values) - at, "%s ", values[i] ? values[i] : "-");
    }
}

static void make_side(struct test *t, struct side *s, const char *path)
{
    struct redis_events events = {
        .up = on_up, .down = on_down, .message = on_message, .subscribed = on_subscribed, .arg = s};
    s->redis = redis_new(t->loop, path, s == &t->sub, &events);
}

static int make_test(void **state)
{
    struct test *t = xcalloc(1, sizeof(*t));
    t->loop = loop_new();
    *state = t;
    return 0;
}

static int free_test(void **state)
{
    struct test *t = *state;
    free_side(&t->pub);
    free_side(&t->sub);
    loop_free(t->loop);
    free(t);
    return 0;
}

static void subscribe(struct test *t, const char *channel)
{
    int before = t->sub.subscribed;
    redis_subscribe(t->sub.redis, channel);
    RUN_UNTIL(t->loop, t->sub.subscribed == before + 1);
}

#define PLAIN(f) cmocka_unit_test_setup_teardown(f, make_test, free_test)

#endif
