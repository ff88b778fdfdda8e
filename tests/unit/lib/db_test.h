/*
 * db_test.h - what the tests of db.h share: a Postgres of the test's own with a few queries, and a
 * connection to it for each test.
 */
#ifndef ATHANOR_TEST_DB_H
#define ATHANOR_TEST_DB_H

#include "db.h"

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

#define WITH_DB(f) cmocka_unit_test_setup_teardown(f, open_db, close_db)

#endif
