/* The blocking connection: opening it, losing it, finding the server again. */
#include "db_test.h"

/* Ends a backend from another connection and waits until it is gone. */
static void end_backend(int64_t pid)
{
    struct err e;
    struct db *d = db_open(server.conninfo, folders, true, &e);
    struct params *p = params_new();
    assert_non_null(d);
    params_int(p, pid);
    struct db_result *r = db_query(d, "end_backend", p, &e);
    assert_non_null(r);
    assert_true(db_bool(r, 0, 0));
    db_result_free(r);
    params_free(p);
    db_close(d);
}

static void a_connection_is_told_who_we_are(void **state)
{
    struct test *t = *state;
    struct db_result *r = db_query(t->db, "settings", NULL, &t->e);
    assert_non_null(r);
    assert_string_equal(db_text(r, 0, 0), "UTF8");
    assert_string_equal(db_text(r, 0, 1), "test_db_connection");
    db_result_free(r);
}

/* -- opening -- */

static void check_open_fails(const char *const *where, enum err_code code, const char *text)
{
    struct err e = {0};
    assert_null(db_open(server.conninfo, where, false, &e));
    assert_int_equal(e.code, code);
    if (!strstr(e.text, text))
        fail_msg("%s", e.text);
}

static void bad_queries_fail_at_open(void **state)
{
    (void)state;
    struct err e = {0};
    struct fixture other = server;
    const char *where[] = {other.queries, NULL};
    snprintf(other.queries, sizeof(other.queries), "%s/bad", server.dir);
    check_open_fails(where, ERR_NOT_FOUND, "cannot read queries");
    assert_int_equal(mkdir(other.queries, 0755), 0);
    fixture_query(&other, "good", "select 1");
    fixture_query(&other, "typo", "-- \xc3\xa9\xc3\xa9\nselect 1\nfrm x y");
    check_open_fails(where, ERR_INTERNAL, "query typo: line 3: syntax error at or near \"x\"");
    fixture_query(&other, "typo", "select 1; select 2");
    check_open_fails(where, ERR_INTERNAL, "query typo: cannot insert multiple commands");
    struct db *lazy = db_open(server.conninfo, where, true, &e);
    assert_non_null(lazy);
    db_result_free(db_query(lazy, "good", NULL, &e));
    assert_null(db_query(lazy, "typo", NULL, &e));
    assert_int_equal(e.code, ERR_INTERNAL);
    struct db_result *r = db_query(lazy, "good", NULL, &e); /* it goes on */
    assert_non_null(r);
    db_result_free(r);
    db_close(lazy);
    fixture_query(&other, "typo", "-- nothing but this");
    assert_non_null(lazy = db_open(server.conninfo, where, false, &e));
    assert_null(db_query(lazy, "typo", NULL, &e));
    assert_int_equal(e.code, ERR_INTERNAL);
    db_close(lazy);
    fixture_query(&other, "one", "select 1");
    const char *both[] = {server.queries, other.queries, NULL};
    check_open_fails(both, ERR_INVALID, "query one: two folders");
    fixture_query(&other, "a_name_that_is_longer_than_postgres_keeps_for_a_prepared_statement",
                  "select 1");
    check_open_fails(where, ERR_INVALID, "longer than 63 bytes");
}

static void an_absent_server_is_unavailable(void **state)
{
    (void)state;
    struct err e = {0};
    assert_null(db_open("host=/nonexistent dbname=x", folders, false, &e));
    assert_int_equal(e.code, ERR_UNAVAILABLE);
    assert_null(strchr(e.text, '\n'));
    assert_null(db_open("no such = = string", folders, false, &e));
    assert_int_equal(e.code, ERR_UNAVAILABLE);
}

/* -- outages -- */

static void an_idle_loss_costs_nothing(void **state)
{
    struct test *t = *state;
    int64_t pid = backend_pid(t);
    end_backend(pid);
    int64_t other = backend_pid(t);
    assert_int_not_equal(pid, other);
}

/* Waits, over a connection of its own, until a backend sleeps in its query. */
static void until_asleep(int64_t pid)
{
    char text[128];
    PGconn *conn = PQconnectdb(server.conninfo);
    snprintf(text, sizeof(text),
             "select 1 from pg_stat_activity where pid = %lld and wait_event = 'PgSleep'",
             (long long)pid);
    for (bool asleep = false; !asleep; fixture_sleep_ms(20)) {
        PGresult *res = PQexec(conn, text);
        asleep = PQntuples(res) == 1 || PQstatus(conn) != CONNECTION_OK;
        PQclear(res);
    }
    PQfinish(conn);
}

static void a_loss_in_a_query_is_told_once(void **state)
{
    struct test *t = *state;
    int64_t pid = backend_pid(t);
    pid_t helper = fork();
    if (!helper) {
        until_asleep(pid);
        kill((pid_t)pid, SIGTERM);
        _exit(0);
    }
    params_double(t->p, 20);
    assert_null(db_query(t->db, "sleep", t->p, &t->e));
    assert_int_equal(t->e.code, ERR_UNAVAILABLE);
    waitpid(helper, NULL, 0);
    assert_int_not_equal(backend_pid(t), pid);
}

/* The rest of a transaction must not run by itself on a new connection. */
static void a_loss_in_a_transaction_is_told(void **state)
{
    struct test *t = *state;
    assert_int_equal(db_exec_script(t->db, "begin", &t->e), 0);
    end_backend(backend_pid(t));
    params_int(t->p, 77);
    params_text(t->p, "half");
    assert_null(db_query(t->db, "add", t->p, &t->e));
    assert_int_equal(t->e.code, ERR_UNAVAILABLE);
    assert_int_equal(db_exec_script(t->db, "rollback", &t->e), 0);
    params_reset(t->p);
    params_int(t->p, 77);
    struct db_result *r = db_query(t->db, "row", t->p, &t->e);
    assert_int_equal(db_rows(r), 0);
    db_result_free(r);
}

static void a_restarted_server_is_found_again(void **state)
{
    struct test *t = *state;
    fixture_stop_postgres(&server, SIGQUIT);
    assert_null(db_query(t->db, "one", NULL, &t->e));
    assert_int_equal(t->e.code, ERR_UNAVAILABLE);
    assert_null(db_query(t->db, "one", NULL, &t->e));
    assert_int_equal(t->e.code, ERR_UNAVAILABLE);
    assert_int_equal(db_cancel(t->db), -1);
    fixture_start_postgres(&server);
    struct db_result *r = db_query(t->db, "one", NULL, &t->e);
    assert_non_null(r);
    db_result_free(r);
}

static void cancel_from_another_place(void **state)
{
    struct test *t = *state;
    int64_t pid = backend_pid(t);
    pid_t helper = fork();
    if (!helper) {
        until_asleep(pid);
        _exit(db_cancel(t->db) >= 0 ? 0 : 1);
    }
    params_double(t->p, 20);
    assert_null(db_query(t->db, "sleep", t->p, &t->e));
    assert_int_equal(t->e.code, ERR_TIMEOUT);
    int status;
    waitpid(helper, &status, 0);
    assert_int_equal(status, 0);
    assert_true(backend_pid(t) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DB(a_connection_is_told_who_we_are),
        cmocka_unit_test(bad_queries_fail_at_open),
        cmocka_unit_test(an_absent_server_is_unavailable),
        WITH_DB(an_idle_loss_costs_nothing),
        WITH_DB(a_loss_in_a_query_is_told_once),
        WITH_DB(a_loss_in_a_transaction_is_told),
        WITH_DB(a_restarted_server_is_found_again),
        WITH_DB(cancel_from_another_place),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, start, stop);
}
