/* The blocking connection, against a Postgres of the test's own. */
#include "db.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"

static struct fixture server;
static const char *folders[] = {server.queries, NULL};

static const struct {
    const char *name, *sql;
} queries[] = {
    {"one", "-- a comment first\nselect 'x'::text"},
    {"pid", "select pg_backend_pid()"},
    {"end_backend", "select pg_terminate_backend($1::int, 5000)"},
    {"scalars", "select $1::text, $2::bigint, $3::boolean, $4::float8, $5::text, $6::bytea"},
    {"texts", "select cardinality($1::text[]), array_to_string($1::text[], '|', 'NULL')"},
    {"numbers", "select coalesce(sum(n), 0) from unnest($1::bigint[]) n"},
    {"row", "select v from things where id = $1::bigint"},
    {"add", "insert into things (id, v) values ($1::bigint, $2::text)"},
    {"raise", "select raise_it($1::text, $2::text, $3::text)"},
    {"cast_text", "select $1::text::int"},
    {"count_to", "select generate_series(1, $1::bigint), repeat('x', 1000)"},
    {"fail_at", "select 1 / (n - $1::bigint) from generate_series(1, 100000) n"},
    {"sleep", "select pg_sleep($1::float8)"},
    {"settings", "select current_setting('client_encoding'), current_setting('application_name')"},
};

static const char schema[] =
    "create table things (id bigint primary key, v text not null, n int check (n > 0));"
    "create function raise_it(code text, message text, field text) returns int language plpgsql as "
    "$$ begin raise exception using errcode = code, message = message, column = field; end $$;";

static int start(void **state)
{
    (void)state;
    struct err e;
    fixture_init(&server);
    fixture_new_cluster(&server);
    for (size_t i = 0; i < ARRAY_LEN(queries); i++)
        fixture_query(&server, queries[i].name, queries[i].sql);
    const char *none[] = {NULL};
    struct db *d = db_open(server.conninfo, none, false, &e);
    assert_non_null(d);
    assert_int_equal(db_exec_script(d, schema, &e), 0);
    db_close(d);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fixture_release(&server);
    return 0;
}

struct test {
    struct db *db;
    struct params *p;
    struct err e;
};

static int open_db(void **state)
{
    struct test *t = xcalloc(1, sizeof(*t));
    t->p = params_new();
    t->db = db_open(server.conninfo, folders, false, &t->e);
    if (!t->db)
        print_error("%s\n", t->e.text);
    *state = t;
    return t->db ? 0 : -1;
}

static int close_db(void **state)
{
    struct test *t = *state;
    params_free(t->p);
    db_close(t->db);
    free(t);
    return 0;
}

static int64_t backend_pid(struct test *t)
{
    struct db_result *r = db_query(t->db, "pid", NULL, &t->e);
    assert_non_null(r);
    int64_t pid = db_int(r, 0, 0);
    db_result_free(r);
    return pid;
}

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

static void values_go_there_and_back(void **state)
{
    struct test *t = *state;
    params_text(t->p, "it's \"so\" \xc3\xa9");
    params_int(t->p, INT64_MIN);
    params_bool(t->p, true);
    params_double(t->p, INFINITY);
    params_null(t->p);
    params_text(t->p, "\\x00ff");
    struct db_result *r = db_query(t->db, "scalars", t->p, &t->e);
    assert_non_null(r);
    assert_int_equal(db_rows(r), 1);
    assert_int_equal(db_columns(r), 6);
    assert_string_equal(db_text(r, 0, 0), "it's \"so\" \xc3\xa9");
    assert_int_equal(db_length(r, 0, 0), 12);
    assert_true(db_int(r, 0, 1) == INT64_MIN);
    assert_true(db_bool(r, 0, 2));
    assert_string_equal(db_text(r, 0, 3), "Infinity");
    assert_true(db_is_null(r, 0, 4));
    assert_false(db_is_null(r, 0, 0));
    assert_string_equal(db_text(r, 0, 4), "");
    assert_int_equal(db_int(r, 0, 0), 0);
    assert_string_equal(db_text(r, 1, 0), ""); /* beyond the end there is nothing */
    assert_true(db_is_null(r, 0, 6));
    db_result_free(r);
}

static void arrays_arrive(void **state)
{
    struct test *t = *state;
    const struct params_slice items[] = {{"a,b", 3}, {NULL, 0}, {"\"{}", 3}, {"", 0}};
    const int64_t numbers[] = {INT64_MAX, -7, INT64_MIN + 1, 7};
    params_text_array(t->p, items, ARRAY_LEN(items));
    struct db_result *r = db_query(t->db, "texts", t->p, &t->e);
    assert_non_null(r);
    assert_int_equal(db_int(r, 0, 0), 4);
    assert_string_equal(db_text(r, 0, 1), "a,b|NULL|\"{}|");
    db_result_free(r);
    params_reset(t->p);
    params_text_array(t->p, NULL, 0);
    assert_non_null(r = db_query(t->db, "texts", t->p, &t->e));
    assert_int_equal(db_int(r, 0, 0), 0);
    assert_false(db_is_null(r, 0, 0));
    db_result_free(r);
    params_reset(t->p);
    params_int_array(t->p, numbers, ARRAY_LEN(numbers));
    assert_non_null(r = db_query(t->db, "numbers", t->p, &t->e));
    assert_int_equal(db_int(r, 0, 0), 0);
    db_result_free(r);
    params_reset(t->p);
    params_int_array(t->p, numbers + 1, 1);
    assert_non_null(r = db_query(t->db, "numbers", t->p, &t->e));
    assert_int_equal(db_int(r, 0, 0), -7);
    db_result_free(r);
}

static void value_is_one_text(void **state)
{
    struct test *t = *state;
    size_t len = 0;
    char *value = db_value(t->db, "one", NULL, &len, &t->e);
    assert_string_equal(value, "x");
    assert_int_equal(len, 1);
    free(value);
    params_int(t->p, 404);
    assert_null(db_value(t->db, "row", t->p, &len, &t->e));
    assert_int_equal(t->e.code, ERR_NOT_FOUND);
    params_reset(t->p);
    params_null(t->p);
    assert_null(db_value(t->db, "sleep", t->p, &len, &t->e));
    assert_int_equal(t->e.code, ERR_NOT_FOUND);
}

static void check_failure(struct test *t, const char *name, enum err_code code, const char *text,
                          const char *field)
{
    t->e = (struct err){0};
    assert_null(db_query(t->db, name, t->p, &t->e));
    assert_int_equal(t->e.code, code);
    assert_string_equal(t->e.text, text);
    assert_string_equal(t->e.field, field);
}

static void our_own_errors_pass_unchanged(void **state)
{
    struct test *t = *state;
    static const struct {
        const char *state;
        enum err_code code;
    } cases[] = {{"AT404", ERR_NOT_FOUND}, {"AT409", ERR_CONFLICT}, {"AT422", ERR_INVALID}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        params_reset(t->p);
        params_text(t->p, cases[i].state);
        params_text(t->p, "the size is wrong");
        params_text(t->p, "size");
        check_failure(t, "raise", cases[i].code, "the size is wrong", "size");
    }
}

static void other_states_have_their_codes(void **state)
{
    struct test *t = *state;
    static const struct {
        const char *state;
        enum err_code code;
    } cases[] = {{"23505", ERR_CONFLICT}, {"40001", ERR_CONFLICT},    {"40P01", ERR_LIMIT},
                 {"53100", ERR_LIMIT},    {"57014", ERR_TIMEOUT},     {"22P02", ERR_INVALID},
                 {"23514", ERR_INVALID},  {"08006", ERR_UNAVAILABLE}, {"08P01", ERR_INTERNAL},
                 {"XX000", ERR_INTERNAL}, {"AT500", ERR_INTERNAL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        params_reset(t->p);
        params_text(t->p, cases[i].state);
        params_text(t->p, "why");
        params_text(t->p, "");
        check_failure(t, "raise", cases[i].code, "query raise: why", "");
    }
}

static void constraints_name_the_field(void **state)
{
    struct test *t = *state;
    params_int(t->p, 1);
    params_text(t->p, "v");
    struct db_result *r = db_query(t->db, "add", t->p, &t->e);
    assert_non_null(r);
    assert_int_equal(db_rows(r), 0);
    db_result_free(r);
    check_failure(t, "add", ERR_CONFLICT,
                  "query add: duplicate key value violates unique constraint \"things_pkey\"",
                  "things_pkey");
    params_reset(t->p);
    params_int(t->p, 2);
    params_null(t->p);
    check_failure(t, "add", ERR_INVALID,
                  "query add: null value in column \"v\" of relation \"things\" violates not-null "
                  "constraint",
                  "v");
    params_reset(t->p);
    params_text(t->p, "abc");
    check_failure(t, "cast_text", ERR_INVALID,
                  "query cast_text: invalid input syntax for type integer: \"abc\"", "");
}

static void an_unknown_name_is_a_defect(void **state)
{
    struct test *t = *state;
    check_failure(t, "nothing", ERR_INTERNAL, "query nothing: there is no such file", "");
}

static void a_connection_is_told_who_we_are(void **state)
{
    struct test *t = *state;
    struct db_result *r = db_query(t->db, "settings", NULL, &t->e);
    assert_non_null(r);
    assert_string_equal(db_text(r, 0, 0), "UTF8");
    assert_string_equal(db_text(r, 0, 1), "test_db");
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

/* -- row by row -- */

struct rows {
    struct db *db;
    int64_t seen, stop_at, sum;
};

static bool take_row(void *arg, const struct db_result *row)
{
    struct rows *rows = arg;
    assert_int_equal(db_rows(row), 1);
    rows->sum += db_int(row, 0, 0);
    return ++rows->seen != rows->stop_at;
}

static void each_takes_all_rows(void **state)
{
    struct test *t = *state;
    struct rows rows = {0};
    params_int(t->p, 5000);
    assert_int_equal(db_each(t->db, "count_to", t->p, take_row, &rows, &t->e), 0);
    assert_int_equal(rows.seen, 5000);
    assert_int_equal(rows.sum, 5000 * 5001 / 2);
    rows = (struct rows){0};
    params_reset(t->p);
    params_int(t->p, 0);
    assert_int_equal(db_each(t->db, "count_to", t->p, take_row, &rows, &t->e), 0);
    assert_int_equal(rows.seen, 0);
}

/* A hundred million rows would take minutes if the rest were not cancelled. */
static void each_can_be_stopped(void **state)
{
    struct test *t = *state;
    struct rows rows = {.stop_at = 10};
    int64_t pid = backend_pid(t);
    params_int(t->p, 100 * 1000 * 1000);
    assert_int_equal(db_each(t->db, "count_to", t->p, take_row, &rows, &t->e), 0);
    assert_int_equal(rows.seen, 10);
    assert_int_equal(backend_pid(t), pid);
}

static void each_tells_a_failure_amid_rows(void **state)
{
    struct test *t = *state;
    struct rows rows = {0};
    params_int(t->p, 50000);
    assert_int_equal(db_each(t->db, "fail_at", t->p, take_row, &rows, &t->e), -1);
    assert_int_equal(t->e.code, ERR_INVALID);
    assert_string_equal(t->e.text, "query fail_at: division by zero");
    assert_int_equal(rows.seen, 49999);
    assert_true(backend_pid(t) > 0);
}

/* -- scripts -- */

static void scripts_run_many_statements(void **state)
{
    struct test *t = *state;
    assert_int_equal(
        db_exec_script(t->db, "begin; create table s (n int);\ninsert into s values (1)", &t->e),
        0);
    assert_int_equal(db_exec_script(t->db, "rollback", &t->e), 0);
    assert_int_equal(db_exec_script(t->db, "", &t->e), 0);
    assert_int_equal(db_exec_script(t->db, "-- nothing", &t->e), 0);
    assert_int_equal(db_exec_script(t->db, "select 1;\nselect *\nfrom s;", &t->e), -1);
    assert_int_equal(t->e.code, ERR_INTERNAL);
    assert_string_equal(t->e.text, "line 3: relation \"s\" does not exist");
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

static void a_loss_in_a_query_is_told_once(void **state)
{
    struct test *t = *state;
    int64_t pid = backend_pid(t);
    pid_t helper = fork();
    if (!helper) {
        fixture_sleep_ms(300);
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
    assert_null(db_value(t->db, "row", t->p, NULL, &t->e));
    assert_int_equal(t->e.code, ERR_NOT_FOUND);
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
    pid_t helper = fork();
    if (!helper) {
        fixture_sleep_ms(300);
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

#define WITH_DB(f) cmocka_unit_test_setup_teardown(f, open_db, close_db)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DB(values_go_there_and_back),
        WITH_DB(arrays_arrive),
        WITH_DB(value_is_one_text),
        WITH_DB(our_own_errors_pass_unchanged),
        WITH_DB(other_states_have_their_codes),
        WITH_DB(constraints_name_the_field),
        WITH_DB(an_unknown_name_is_a_defect),
        WITH_DB(a_connection_is_told_who_we_are),
        cmocka_unit_test(bad_queries_fail_at_open),
        cmocka_unit_test(an_absent_server_is_unavailable),
        WITH_DB(each_takes_all_rows),
        WITH_DB(each_can_be_stopped),
        WITH_DB(each_tells_a_failure_amid_rows),
        WITH_DB(scripts_run_many_statements),
        WITH_DB(an_idle_loss_costs_nothing),
        WITH_DB(a_loss_in_a_query_is_told_once),
        WITH_DB(a_loss_in_a_transaction_is_told),
        WITH_DB(a_restarted_server_is_found_again),
        WITH_DB(cancel_from_another_place),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, start, stop);
}
