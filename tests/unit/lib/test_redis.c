/* Redis on a loop, against a server of the test's own, and against sockets that misbehave. */
#include "redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
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

static void free_in_values(void *arg, const char *const *values, const size_t *lens, size_t count)
{
    struct test *t = arg;
    (void)values;
    (void)lens;
    (void)count;
    t->answers++;
    free_side(&t->pub);
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

static int free_test(void **state)
{
    struct test *t = *state;
    free_side(&t->pub);
    free_side(&t->sub);
    loop_free(t->loop);
    free(t);
    return 0;
}

/* A socket of our own in place of Redis. */
static int fake_server(char path[96])
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(path, 96, "%s/fake", server.dir);
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(listen(fd, 5), 0);
    return fd;
}

static void subscribe(struct test *t, const char *channel)
{
    int before = t->sub.subscribed;
    redis_subscribe(t->sub.redis, channel);
    RUN_UNTIL(t->loop, t->sub.subscribed == before + 1);
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
    assert_true(redis_set(t->pub.redis, "k2", "", 0, 1));
    assert_true(redis_mget(t->pub.redis, keys, 3, on_values, t));
    RUN_UNTIL(t->loop, t->answers == 2);
    assert_string_equal(t->values, "- -  ");
    RUN_FOR(t->loop, 1200);
    assert_true(redis_mget(t->pub.redis, keys, 3, on_values, t));
    RUN_UNTIL(t->loop, t->answers == 3);
    assert_string_equal(t->values, "- - - "); /* the time of k2 is over */
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

/* It accepts and is silent: nothing but the timer finds that out. */
static void a_silent_server_is_lost(void **state)
{
    struct test *t = *state;
    char path[96];
    int fd = fake_server(path);
    make_side(t, &t->pub, path);
    make_side(t, &t->sub, path);
    int64_t begin = clock_mono_ms();
    RUN_UNTIL(t->loop, t->pub.downs && t->sub.downs);
    assert_true(clock_mono_ms() - begin >= 4900);
    assert_non_null(strstr(t->pub.down.text, "no answer for 5 seconds"));
    assert_int_equal(t->pub.ups, 0);
    close(fd);
}

static void say(int client, const char *text)
{
    assert_int_equal(write(client, text, strlen(text)), (ssize_t)strlen(text));
}

/* While its data is loaded Redis refuses everything; that is not being up. */
static void an_error_is_not_an_answer(void **state)
{
    struct test *t = *state;
    char path[96];
    int fd = fake_server(path), client = -1;
    make_side(t, &t->pub, path);
    RUN_UNTIL(t->loop, (client = accept(fd, NULL, NULL)) >= 0);
    say(client, "-LOADING wait\r\n");
    RUN_UNTIL(t->loop, t->pub.downs == 1);
    assert_non_null(strstr(t->pub.down.text, "LOADING"));
    close(client);
    RUN_UNTIL(t->loop, (client = accept(fd, NULL, NULL)) >= 0);
    say(client, "+PO");
    RUN_FOR(t->loop, 20);
    say(client, "NG\r\n");
    RUN_UNTIL(t->loop, t->pub.ups == 1);
    close(client);
    RUN_UNTIL(t->loop, t->pub.downs == 2);

    free_side(&t->pub);
    make_side(t, &t->sub, path);
    RUN_UNTIL(t->loop, (client = accept(fd, NULL, NULL)) >= 0);
    say(client, "-LOADING wait\r\n");
    RUN_UNTIL(t->loop, t->sub.downs == 1);
    assert_non_null(strstr(t->sub.down.text, "LOADING"));
    close(client);
    close(fd);
}

static void a_broken_protocol_is_an_outage(void **state)
{
    struct test *t = *state;
    char path[96];
    int fd = fake_server(path), client = -1;
    make_side(t, &t->sub, path);
    redis_subscribe(t->sub.redis, "a");
    RUN_UNTIL(t->loop, (client = accept(fd, NULL, NULL)) >= 0);
    say(client, "*3\r\n$9\r\nsubscribe\r\n$12\r\nathanor:ping\r\n:1\r\n"
                "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:2\r\n"
                "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"
                "*2\r\n$4\r\npong\r\n$0\r\n\r\n"
                "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$-1\r\n"
                "*3\r\n$7\r\nmessage\r\n$12\r\nathanor:ping\r\n$1\r\nx\r\n"
                "*4\r\n$8\r\npmessage\r\n$1\r\na\r\n$1\r\na\r\n$2\r\nno\r\n");
    RUN_UNTIL(t->loop, t->sub.messages == 1);
    RUN_FOR(t->loop, 20);
    assert_int_equal(t->sub.messages, 1);
    assert_string_equal(t->sub.last, "a=hi");
    assert_int_equal(t->sub.downs, 0);
    say(client, "nonsense\r\n");
    RUN_UNTIL(t->loop, t->sub.downs == 1);
    close(client);
    close(fd);
}

static void an_empty_path_is_silent(void **state)
{
    struct test *t = *state;
    make_side(t, &t->pub, "");
    make_side(t, &t->sub, "");
    redis_subscribe(t->sub.redis, "a");
    RUN_FOR(t->loop, 300);
    assert_false(redis_publish(t->pub.redis, "a", "x", 1));
    assert_int_equal(t->pub.ups + t->pub.downs + t->sub.ups + t->sub.downs, 0);
}

static void it_may_be_freed_anywhere(void **state)
{
    struct test *t = *state;
    const char *keys[] = {"k"};
    t->pub.free_in_up = t->sub.free_in_up = true;
    make_side(t, &t->pub, server.redis_path);
    make_side(t, &t->sub, server.redis_path);
    RUN_UNTIL(t->loop, !t->pub.redis && !t->sub.redis);
    t->pub = t->sub = (struct side){.free_in_down = true};
    make_side(t, &t->pub, "/nonexistent/redis");
    RUN_UNTIL(t->loop, !t->pub.redis);

    make_side(t, &t->pub, server.redis_path); /* amid connecting */
    loop_run_once(t->loop);
    free_side(&t->pub);

    t->pub = (struct side){0};
    t->sub = (struct side){.free_in_message = true};
    make_side(t, &t->pub, server.redis_path);
    make_side(t, &t->sub, server.redis_path);
    RUN_UNTIL(t->loop, t->pub.ups && t->sub.ups);
    subscribe(t, "a");
    redis_publish(t->pub.redis, "a", "1", 1);
    redis_publish(t->pub.redis, "a", "2", 1);
    RUN_UNTIL(t->loop, !t->sub.redis);
    assert_int_equal(t->sub.messages, 1);
    redis_mget(t->pub.redis, keys, 1, on_values, t);
    redis_mget(t->pub.redis, keys, 1, free_in_values, t);
    redis_mget(t->pub.redis, keys, 1, on_values, t);
    RUN_UNTIL(t->loop, !t->pub.redis);
    assert_int_equal(t->answers, 2);
}

/* A question that fails because the server hangs up, and whose owner leaves in that moment. */
static void it_may_be_freed_while_it_ends(void **state)
{
    struct test *t = *state;
    char path[96];
    const char *keys[] = {"k"};
    int fd = fake_server(path), client = -1;
    make_side(t, &t->pub, path);
    RUN_UNTIL(t->loop, (client = accept(fd, NULL, NULL)) >= 0);
    say(client, "+PONG\r\n");
    RUN_UNTIL(t->loop, t->pub.ups == 1);
    redis_mget(t->pub.redis, keys, 1, free_in_values, t);
    redis_mget(t->pub.redis, keys, 1, on_values, t);
    close(client);
    RUN_UNTIL(t->loop, !t->pub.redis);
    assert_int_equal(t->answers, 1);
    assert_int_equal(t->pub.downs, 0);
    close(fd);
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
#define PLAIN(f) cmocka_unit_test_setup_teardown(f, make_test, free_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR(messages_arrive),
        PAIR(nothing_comes_after_leaving),
        PAIR(keys_are_set_and_read),
        PAIR(a_killed_server_is_found_again),
        PAIR(the_backlog_is_bounded),
        PLAIN(a_silent_server_is_lost),
        PLAIN(an_error_is_not_an_answer),
        PLAIN(a_broken_protocol_is_an_outage),
        PLAIN(an_empty_path_is_silent),
        PLAIN(it_may_be_freed_anywhere),
        PLAIN(it_may_be_freed_while_it_ends),
        PAIR(what_was_said_last_is_sent),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, start, stop);
}
