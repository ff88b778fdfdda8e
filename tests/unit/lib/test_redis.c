/* Redis on a loop, against a server of the test's own. */
#include "redis_test.h"

static int make_pair(void **state)
{
    make_test(state);
    struct test *t = *state;
    make_side(t, &t->pub, server.redis_path);
    make_side(t, &t->sub, server.redis_path);
    assert_false(redis_is_up(t->pub.redis));
    RUN_UNTIL(t->loop, t->pub.ups == 1 && t->sub.ups == 1);
    assert_true(redis_is_up(t->pub.redis));
    t->pub.downs = t->sub.downs = 0; /* the server may have been slower than we */
    return 0;
}

static void messages_arrive(void **state)
{
    struct test *t = *state;
    subscribe(t, "athanor:run:1");
    subscribe(t, "athanor:run:10");
    redis_subscribe(t->sub.redis, "athanor:run:1"); /* twice is once */
    assert_true(redis_publish(t->pub.redis, "athanor:run:2", "no", 2));
    assert_true(redis_publish(t->pub.redis, "athanor:run:1", "a\0b", 3));
    RUN_UNTIL(t->loop, t->sub.messages == 1);
    assert_int_equal(t->sub.last_len, 3);
    assert_true(redis_publish(t->pub.redis, "athanor:run:10", "ten", 3));
    assert_true(redis_publish(t->pub.redis, "athanor:run:10", NULL, 0));
    RUN_UNTIL(t->loop, t->sub.messages == 3);
    assert_string_equal(t->sub.last, "athanor:run:10=");
    assert_int_equal(t->sub.subscribed, 2);
}

static void nothing_comes_after_leaving(void **state)
{
    struct test *t = *state;
    subscribe(t, "a");
    subscribe(t, "b");
    redis_unsubscribe(t->sub.redis, "a");
    redis_unsubscribe(t->sub.redis, "never");
    redis_publish(t->pub.redis, "a", "x", 1); /* may be on its way before the server knows */
    redis_publish(t->pub.redis, "b", "y", 1);
    RUN_UNTIL(t->loop, t->sub.messages == 1);
    assert_string_equal(t->sub.last, "b=y");
    redis_unsubscribe(t->sub.redis, "b"); /* the last one, and then back */
    redis_subscribe(t->sub.redis, "b");
    redis_unsubscribe(t->sub.redis, "b");
    redis_publish(t->pub.redis, "b", "z", 1);
    RUN_FOR(t->loop, 50);
    subscribe(t, "a");
    redis_publish(t->pub.redis, "a", "w", 1);
    RUN_UNTIL(t->loop, t->sub.messages == 2);
    assert_string_equal(t->sub.last, "a=w");
    assert_int_equal(t->sub.downs, 0);
}

static void keys_are_set_and_read(void **state)
{
    struct test *t = *state;
    const char *keys[] = {"k1", "absent", "k2"};
    assert_true(redis_set(t->pub.redis, "k1", "one", 3, 10));
    assert_true(redis_set(t->pub.redis, "k2", "two", 3, 10));
    assert_true(redis_mget(t->pub.redis, keys, 3, on_values, t));
    RUN_UNTIL(t->loop, t->answers == 1);
    assert_string_equal(t->values, "one - two ");
    assert_true(redis_del(t->pub.redis, "k1"));
    assert_true(redis_set(t->pub.redis, "k2", "", 0, 2));
    assert_true(redis_mget(t->pub.redis, keys, 3, on_values, t));
    RUN_UNTIL(t->loop, t->answers == 2);
    assert_string_equal(t->values, "- -  ");
    for (int asked = 3; strcmp(t->values, "- - - ") != 0; asked++) { /* till k2's time is over */
        assert_true(asked < 100);
        RUN_FOR(t->loop, 100);
        assert_true(redis_mget(t->pub.redis, keys, 3, on_values, t));
        RUN_UNTIL(t->loop, t->answers == asked);
    }
    assert_false(redis_mget(t->pub.redis, keys, 0, on_values, t));
}

static void a_killed_server_is_found_again(void **state)
{
    struct test *t = *state;
    const char *keys[] = {"k"};
    subscribe(t, "a");
    subscribe(t, "b");
    redis_mget(t->pub.redis, keys, 1, on_values, t);
    fixture_stop_redis(&server);
    RUN_UNTIL(t->loop, t->pub.downs == 1 && t->sub.downs == 1);
    assert_int_equal(t->answers, 1); /* answered or failed, but told */
    assert_false(redis_is_up(t->pub.redis));
    assert_false(redis_publish(t->pub.redis, "a", "lost", 4));
    assert_false(redis_mget(t->pub.redis, keys, 1, on_values, t));
    redis_unsubscribe(t->sub.redis, "b"); /* remembered although away */
    redis_subscribe(t->sub.redis, "c");
    RUN_FOR(t->loop, 700);
    assert_int_equal(t->pub.downs, 1); /* once an outage */
    t->sub.subscribed = 0;
    fixture_start_redis(&server);
    RUN_UNTIL(t->loop, t->pub.ups == 2 && t->sub.ups == 2 && t->sub.subscribed == 2);
    redis_publish(t->pub.redis, "b", "left", 4);
    redis_publish(t->pub.redis, "c", "new", 3);
    RUN_UNTIL(t->loop, t->sub.messages == 1);
    assert_string_equal(t->sub.last, "c=new");
    redis_publish(t->pub.redis, "a", "old", 3);
    RUN_UNTIL(t->loop, t->sub.messages == 2);
    assert_int_equal(t->sub.downs, 1);
}

/* A stopped server takes no bytes: what waits is bounded, and when it goes on nothing was broken.
 */
static void the_backlog_is_bounded(void **state)
{
    struct test *t = *state;
    enum { PIECE = 256 * 1024 };
    char *piece = xcalloc(1, PIECE);
    int sent = 0;
    assert_int_equal(kill(server.redis, SIGSTOP), 0);
    while (sent < 1000 && redis_publish(t->pub.redis, "x", piece, PIECE))
        sent++;
    assert_true(sent >= 31 && sent <= 32); /* 8 MiB, less what frames them */
    assert_false(redis_publish(t->pub.redis, "x", piece, PIECE));
    assert_true(redis_publish(t->pub.redis, "x", "s", 1));
    RUN_FOR(t->loop, 50);
    assert_int_equal(kill(server.redis, SIGCONT), 0);
    RUN_UNTIL(t->loop, redis_publish(t->pub.redis, "x", piece, PIECE));
    assert_int_equal(t->pub.downs, 0);
    free(piece);
}

static void what_was_said_last_is_sent(void **state)
{
    struct test *t = *state;
    subscribe(t, "end");
    redis_publish(t->pub.redis, "end", "bye", 3);
    free_side(&t->pub);
    RUN_UNTIL(t->loop, t->sub.messages == 1);
    assert_string_equal(t->sub.last, "end=bye");
}

#define PAIR(f) cmocka_unit_test_setup_teardown(f, make_pair, free_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR(messages_arrive),        PAIR(nothing_comes_after_leaving),
        PAIR(keys_are_set_and_read),  PAIR(a_killed_server_is_found_again),
        PAIR(the_backlog_is_bounded), PAIR(what_was_said_last_is_sent),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, start, stop);
}
