/* The connection on a loop, against a Postgres of the test's own. */
#include "dba.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <cmocka.h>

#include "fixture.h"

static struct fixture server;
static const char *folders[] = {server.queries, NULL};

static const struct {
    const char *name, *sql;
} queries[] = {
    {"echo", "select $1::text"},
    {"pid", "select pg_backend_pid()"},
    {"end_backend", "select pg_terminate_backend($1::int)"},
    {"end_myself", "select pg_terminate_backend(pg_backend_pid())"},
    {"notify", "select pg_notify($1::text, $2::text)"},
    {"raise", "select 1 / $1::int"},
    {"sleep", "select pg_sleep($1::float8)"},
    {"rows", "select n from generate_series(1, $1::bigint) n"},
    {"size", "select length($1::text)"},
};

struct test {
    struct loop *loop;
    struct dba *dba;
    struct params *p;
    int ups, downs, answers, notices;
    struct err down; /* the last one */
    char log[512];   /* answers, in order */
    char notice[64];
    bool free_in_up, free_in_down, ask_again;
};

static int start(void **state)
{
    (void)state;
    fixture_init(&server);
    fixture_new_cluster(&server);
    for (size_t i = 0; i < ARRAY_LEN(queries); i++)
        fixture_query(&server, queries[i].name, queries[i].sql);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fixture_release(&server);
    return 0;
}

static void on_up(void *arg)
{
    struct test *t = arg;
    t->ups++;
    if (t->free_in_up) {
        dba_free(t->dba);
        t->dba = NULL;
    }
}

static void on_down(void *arg, const struct err *e)
{
    struct test *t = arg;
    t->downs++;
    t->down = *e;
    assert_false(dba_is_up(t->dba));
    if (t->free_in_down) {
        dba_free(t->dba);
        t->dba = NULL;
    }
}

static void on_notify(void *arg, const char *channel, const char *payload)
{
    struct test *t = arg;
    t->notices++;
    snprintf(t->notice, sizeof(t->notice), "%s:%s", channel, payload);
}

static void on_answer(void *arg, const struct db_result *r, const struct err *e)
{
    struct test *t = arg;
    size_t len = strlen(t->log);
    if (r)
        snprintf(t->log + len, sizeof(t->log) - len, "%s ", db_text(r, 0, 0));
    else
        snprintf(t->log + len, sizeof(t->log) - len, "(%d) ", (int)e->code);
    assert_true(!r == !!e);
    t->answers++;
    if (t->ask_again) {
        t->ask_again = false;
        dba_query(t->dba, "echo", NULL, on_answer, t);
    }
}

static void free_in_answer(void *arg, const struct db_result *r, const struct err *e)
{
    struct test *t = arg;
    (void)r;
    (void)e;
    t->answers++;
    dba_free(t->dba);
    t->dba = NULL;
}

static void free_in_notify(void *arg, const char *channel, const char *payload)
{
    on_notify(arg, channel, payload);
    free_in_answer(arg, NULL, NULL);
}

static void make_dba(struct test *t, const char *conninfo, const char *const *where)
{
    struct err e = {0};
    struct dba_events events = {.up = on_up, .down = on_down, .notify = on_notify, .arg = t};
    t->dba = dba_new(t->loop, conninfo, where, &events, &e);
    assert_non_null(t->dba);
}

static int make_test(void **state)
{
    struct test *t = xcalloc(1, sizeof(*t));
    t->loop = loop_new();
    t->p = params_new();
    *state = t;
    return 0;
}

static int make_up(void **state)
{
    make_test(state);
    struct test *t = *state;
    make_dba(t, server.conninfo, folders);
    assert_int_equal(t->ups, 0); /* not before the loop runs */
    RUN_UNTIL(t->loop, t->ups == 1);
    assert_true(dba_is_up(t->dba));
    return 0;
}

static int free_test(void **state)
{
    struct test *t = *state;
    dba_free(t->dba);
    params_free(t->p);
    loop_free(t->loop);
    free(t);
    return 0;
}

static void ask(struct test *t, const char *name, const char *value)
{
    params_reset(t->p);
    if (value)
        params_text(t->p, value);
    dba_query(t->dba, name, t->p, on_answer, t);
}

static void answers_come_in_order(void **state)
{
    struct test *t = *state;
    ask(t, "echo", "a");
    ask(t, "raise", "0");
    ask(t, "echo", "c");
    dba_query(t->dba, "rows", t->p, NULL, NULL); /* nobody listens, and it fails */
    ask(t, "nothing", NULL);
    ask(t, "echo", "d");
    assert_int_equal(dba_pending(t->dba), 6);
    assert_int_equal(t->answers, 0);
    RUN_UNTIL(t->loop, t->answers == 5);
    assert_int_equal(dba_pending(t->dba), 0);
    assert_non_null(strstr(t->log, "a (1) c "));
    assert_non_null(strstr(t->log, "d "));
    assert_non_null(strstr(t->log, "(9) "));
    assert_int_equal(t->downs, 0);
}

static void a_callback_may_ask_again(void **state)
{
    struct test *t = *state;
    t->ask_again = true;
    ask(t, "echo", "a");
    RUN_UNTIL(t->loop, t->answers == 2);
    assert_string_equal(t->log, "a (9) "); /* without its parameter */
}

/* More than the socket takes at once, both ways. */
static void large_values_pass(void **state)
{
    struct test *t = *state;
    enum { SIZE = 8 * 1024 * 1024 };
    char *value = xmalloc(SIZE);
    memset(value, 'x', SIZE);
    params_textn(t->p, value, SIZE);
    dba_query(t->dba, "size", t->p, on_answer, t);
    dba_query(t->dba, "echo", t->p, NULL, NULL);
    params_reset(t->p);
    free(value);
    ask(t, "rows", "100000");
    RUN_UNTIL(t->loop, t->answers == 2);
    assert_string_equal(t->log, "8388608 1 ");
}

static void notifications_arrive(void **state)
{
    struct test *t = *state;
    dba_listen(t->dba, "runs_1", true, NULL, NULL);
    params_text(t->p, "runs_1");
    params_text(t->p, "12");
    dba_query(t->dba, "notify", t->p, NULL, NULL);
    RUN_UNTIL(t->loop, t->notices == 1);
    assert_string_equal(t->notice, "runs_1:12");
    dba_listen(t->dba, "runs_1", false, NULL, NULL);
    dba_query(t->dba, "notify", t->p, on_answer, t);
    RUN_UNTIL(t->loop, t->answers == 1);
    assert_int_equal(t->notices, 1);
}

/* The connection is idle; nobody asks, and yet the loss is seen and mended. */
static void an_idle_loss_is_mended(void **state)
{
    struct test *t = *state;
    ask(t, "pid", NULL);
    RUN_UNTIL(t->loop, t->answers == 1);
    kill((pid_t)atoi(t->log), SIGTERM);
    RUN_UNTIL(t->loop, t->downs == 1);
    assert_int_equal(t->down.code, ERR_UNAVAILABLE);
    assert_null(strchr(t->down.text, '\n'));
    RUN_UNTIL(t->loop, t->ups == 2);
    ask(t, "echo", "back");
    RUN_UNTIL(t->loop, t->answers == 2);
    assert_non_null(strstr(t->log, "back"));
    assert_int_equal(t->downs, 1);
}

static void waiting_queries_fail_when_lost(void **state)
{
    struct test *t = *state;
    ask(t, "end_myself", NULL);
    ask(t, "echo", "a");
    ask(t, "echo", "b");
    RUN_UNTIL(t->loop, t->answers == 3);
    assert_string_equal(t->log, "(7) (7) (7) ");
    assert_int_equal(t->downs, 1);
    assert_int_equal(dba_pending(t->dba), 0);
    RUN_UNTIL(t->loop, t->ups == 2);
}

static void a_question_while_down_fails_from_the_loop(void **state)
{
    struct test *t = *state;
    make_dba(t, server.conninfo, folders);
    t->ask_again = true;
    ask(t, "echo", "early");
    assert_int_equal(t->answers, 0);
    assert_int_equal(dba_pending(t->dba), 1);
    loop_run_once(t->loop);
    assert_string_equal(t->log, "(7) ");
    RUN_UNTIL(t->loop, t->answers == 2);
    RUN_UNTIL(t->loop, t->ups == 1);
    assert_int_equal(t->downs, 0);
}

static void a_restarted_server_is_found_again(void **state)
{
    struct test *t = *state;
    params_double(t->p, 20);
    dba_query(t->dba, "sleep", t->p, on_answer, t);
    RUN_FOR(t->loop, 50);
    fixture_stop_postgres(&server, SIGQUIT);
    RUN_UNTIL(t->loop, t->answers == 1);
    assert_string_equal(t->log, "(7) ");
    RUN_FOR(t->loop, 1000);
    assert_int_equal(t->downs, 1); /* once an outage, though every attempt fails */
    fixture_start_postgres(&server);
    RUN_UNTIL(t->loop, t->ups == 2);
    ask(t, "echo", "back");
    RUN_UNTIL(t->loop, t->answers == 2);
    assert_int_equal(t->downs, 1);
    assert_string_equal(t->log, "(7) back ");
}

/* The query is sent before the loop could see that the server has gone. */
static void a_send_into_a_dead_socket_fails_from_the_loop(void **state)
{
    struct test *t = *state;
    fixture_stop_postgres(&server, SIGQUIT);
    ask(t, "echo", "a");
    ask(t, "echo", "b");
    assert_int_equal(t->answers, 0);
    RUN_UNTIL(t->loop, t->answers == 2);
    assert_string_equal(t->log, "(7) (7) ");
    fixture_start_postgres(&server);
    RUN_UNTIL(t->loop, t->ups == 2);
    assert_int_equal(t->downs, 1);
}

/* A server that accepts and says nothing: one closed end of it later, an outage is told. */
static void a_server_that_hangs_up_is_an_outage(void **state)
{
    struct test *t = *state;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    char conninfo[128];
    snprintf(name.sun_path, sizeof(name.sun_path), "%s/.s.PGSQL.5999", server.dir);
    snprintf(conninfo, sizeof(conninfo), "host=%s port=5999 user=test", server.dir);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), client = -1;
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(listen(fd, 5), 0);
    make_dba(t, conninfo, folders);
    RUN_UNTIL(t->loop, (client = accept(fd, NULL, NULL)) >= 0);
    RUN_FOR(t->loop, 50);
    assert_int_equal(t->downs, 0);
    close(client);
    RUN_UNTIL(t->loop, t->downs == 1);
    close(fd);
    RUN_FOR(t->loop, 300);
    assert_int_equal(t->downs, 1);
}

static void a_bad_query_is_told(void **state)
{
    struct test *t = *state;
    struct err e = {0};
    struct fixture other = server;
    struct dba_events events = {.arg = t};
    const char *where[] = {other.queries, NULL};
    snprintf(other.queries, sizeof(other.queries), "%s/bad", server.dir);
    assert_null(dba_new(t->loop, server.conninfo, where, &events, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_int_equal(mkdir(other.queries, 0755), 0);
    fixture_query(&other, "good", "select 1");
    fixture_query(&other, "wrong", "select * from nowhere");
    make_dba(t, server.conninfo, where);
    RUN_UNTIL(t->loop, t->downs == 1);
    assert_int_equal(t->down.code, ERR_INTERNAL);
    assert_string_equal(t->down.text, "query wrong: line 1: relation \"nowhere\" does not exist");
    RUN_FOR(t->loop, 400);
    assert_int_equal(t->downs, 1);
    assert_int_equal(t->ups, 0);
    fixture_query(&other, "wrong", "select 2"); /* read once, at the start */
    dba_free(t->dba);
    make_dba(t, server.conninfo, where);
    RUN_UNTIL(t->loop, t->ups == 1);
}

static void a_bad_address_is_told(void **state)
{
    struct test *t = *state;
    make_dba(t, "no such = = string", folders);
    RUN_UNTIL(t->loop, t->downs == 1);
    assert_int_equal(t->down.code, ERR_UNAVAILABLE);
    const char *none[] = {NULL};
    dba_free(t->dba);
    make_dba(t, server.conninfo, none); /* one that only listens */
    RUN_UNTIL(t->loop, t->ups == 1);
}

static void it_may_be_freed_anywhere(void **state)
{
    struct test *t = *state;
    make_dba(t, server.conninfo, folders);
    dba_free(t->dba); /* before it has begun */
    t->free_in_up = true;
    make_dba(t, server.conninfo, folders);
    RUN_UNTIL(t->loop, !t->dba);
    t->free_in_up = false;
    t->free_in_down = true;
    make_dba(t, "host=/nonexistent", folders);
    RUN_UNTIL(t->loop, !t->dba);

    make_dba(t, server.conninfo, folders); /* amid connecting */
    loop_run_once(t->loop);
    ask(t, "echo", "x");
    dba_free(t->dba);
    t->answers = 0;

    make_dba(t, server.conninfo, folders);
    RUN_UNTIL(t->loop, dba_is_up(t->dba));
    params_reset(t->p);
    dba_query(t->dba, "pid", t->p, free_in_answer, t);
    ask(t, "echo", "never");
    RUN_UNTIL(t->loop, !t->dba);
    assert_int_equal(t->answers, 1);

    make_dba(t, server.conninfo, folders);
    RUN_UNTIL(t->loop, dba_is_up(t->dba));
    t->free_in_down = true;
    ask(t, "end_myself", NULL);
    ask(t, "echo", "never");
    RUN_UNTIL(t->loop, !t->dba);
    assert_int_equal(t->answers, 1);

    make_dba(t, server.conninfo, folders);
    t->free_in_down = false;
    dba_query(t->dba, "pid", NULL, free_in_answer, t); /* in the failure while down */
    ask(t, "echo", "never");
    RUN_UNTIL(t->loop, !t->dba);
    assert_int_equal(t->answers, 2);
}

static void it_may_be_freed_in_a_notification(void **state)
{
    struct test *t = *state;
    struct dba_events events = {.up = on_up, .notify = free_in_notify, .arg = t};
    t->dba = dba_new(t->loop, server.conninfo, folders, &events, NULL);
    RUN_UNTIL(t->loop, t->ups == 1);
    dba_listen(t->dba, "c", true, NULL, NULL);
    params_text(t->p, "c");
    params_text(t->p, "");
    dba_query(t->dba, "notify", t->p, NULL, NULL);
    RUN_UNTIL(t->loop, !t->dba);
    assert_string_equal(t->notice, "c:");
}

#define UP(f) cmocka_unit_test_setup_teardown(f, make_up, free_test)
#define PLAIN(f) cmocka_unit_test_setup_teardown(f, make_test, free_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UP(answers_come_in_order),
        UP(a_callback_may_ask_again),
        UP(large_values_pass),
        UP(notifications_arrive),
        UP(an_idle_loss_is_mended),
        UP(waiting_queries_fail_when_lost),
        PLAIN(a_question_while_down_fails_from_the_loop),
        UP(a_restarted_server_is_found_again),
        UP(a_send_into_a_dead_socket_fails_from_the_loop),
        PLAIN(a_server_that_hangs_up_is_an_outage),
        PLAIN(a_bad_query_is_told),
        PLAIN(a_bad_address_is_told),
        PLAIN(it_may_be_freed_anywhere),
        PLAIN(it_may_be_freed_in_a_notification),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, start, stop);
}
