/* What goes to a database and comes back: values, rows, errors. */
#include "db_test.h"

#include <math.h>

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
        assert_false(t->e.raw);
    }
}

static void other_states_have_their_codes(void **state)
{
    struct test *t = *state;
    static const struct {
        const char *state;
        enum err_code code;
    } cases[] = {{"23505", ERR_CONFLICT}, {"40001", ERR_CONFLICT}, {"40P01", ERR_LIMIT},
                 {"53100", ERR_LIMIT},    {"57014", ERR_TIMEOUT},  {"22P02", ERR_INVALID},
                 {"23514", ERR_INVALID},  {"54000", ERR_INVALID},  {"08006", ERR_UNAVAILABLE},
                 {"08P01", ERR_INTERNAL}, {"XX000", ERR_INTERNAL}, {"AT500", ERR_INTERNAL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        params_reset(t->p);
        params_text(t->p, cases[i].state);
        params_text(t->p, "why");
        params_text(t->p, "");
        check_failure(t, "raise", cases[i].code, "query raise: why", "");
        assert_true(t->e.raw);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DB(values_go_there_and_back),
        WITH_DB(arrays_arrive),
        WITH_DB(our_own_errors_pass_unchanged),
        WITH_DB(other_states_have_their_codes),
        WITH_DB(constraints_name_the_field),
        WITH_DB(an_unknown_name_is_a_defect),
        WITH_DB(each_takes_all_rows),
        WITH_DB(each_can_be_stopped),
        WITH_DB(each_tells_a_failure_amid_rows),
        WITH_DB(scripts_run_many_statements),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, start, stop);
}
