/* Redis on a loop, against sockets that misbehave, and let go at any moment. */
#include "redis_test.h"

#include <sys/socket.h>
#include <sys/un.h>

static void free_in_values(void *arg, const char *const *values, const size_t *lens, size_t count)
{
    struct test *t = arg;
    (void)values;
    (void)lens;
    (void)count;
    t->answers++;
    free_side(&t->pub);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAIN(a_silent_server_is_lost),        PLAIN(an_error_is_not_an_answer),
        PLAIN(a_broken_protocol_is_an_outage), PLAIN(an_empty_path_is_silent),
        PLAIN(it_may_be_freed_anywhere),       PLAIN(it_may_be_freed_while_it_ends),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, start, stop);
}
