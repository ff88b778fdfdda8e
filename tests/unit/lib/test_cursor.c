/* LINE.RECORD and vectors of it. */
#include "cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static int parse(const char *s, struct cursor *c, struct err *e)
{
    return cursor_parse(s, strlen(s), c, e);
}

static void reads_what_it_wrote(void **state)
{
    (void)state;
    static const struct cursor cases[] = {{0, 0}, {1500, 12}, {INT64_MAX, INT64_MAX}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct strbuf sb = STRBUF_INIT;
        struct cursor c;
        cursor_put(&sb, cases[i]);
        assert_int_equal(parse(sb.buf, &c, NULL), 0);
        assert_int_equal(cursor_compare(c, cases[i]), 0);
        strbuf_release(&sb);
    }
}

static void refuses_other_forms(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     ".",    "1",    "1.",  ".1",  "1.2.3", " 1.2", "1.2 ",
        "-1.0", "0.-1", "01.0", "1,2", "a.b", "-0.0",  "1.-0", "9223372036854775808.0"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        struct cursor c = {7, 7};
        assert_int_equal(parse(bad[i], &c, &e), -1);
        assert_int_equal(e.code, ERR_INVALID);
        assert_int_equal(c.line, 7);
    }
}

static void compares_by_line_then_record(void **state)
{
    (void)state;
    assert_int_equal(cursor_compare((struct cursor){1, 9}, (struct cursor){2, 0}), -1);
    assert_int_equal(cursor_compare((struct cursor){2, 0}, (struct cursor){1, 9}), 1);
    assert_int_equal(cursor_compare((struct cursor){2, 1}, (struct cursor){2, 2}), -1);
    assert_int_equal(cursor_compare((struct cursor){2, 2}, (struct cursor){2, 1}), 1);
    assert_int_equal(cursor_compare((struct cursor){2, 2}, (struct cursor){2, 2}), 0);
}

static int parse_vector(const char *s, struct cursor_run *out, int max, struct err *e)
{
    return cursor_vector_parse(s, strlen(s), out, max, e);
}

static void reads_a_vector(void **state)
{
    (void)state;
    struct cursor_run runs[CURSOR_RUNS_MAX];
    assert_int_equal(parse_vector("7@1500.12,9,8@0.3", runs, CURSOR_RUNS_MAX, NULL), 3);
    struct strbuf sb = STRBUF_INIT;
    cursor_vector_put(&sb, runs, 3);
    assert_string_equal(sb.buf, "7@1500.12,9@0.0,8@0.3");
    strbuf_reset(&sb);
    cursor_vector_put(&sb, runs, 0);
    assert_string_equal(sb.buf, "");
    strbuf_release(&sb);
    assert_int_equal(parse_vector("", runs, CURSOR_RUNS_MAX, NULL), 0);
}

static void refuses_bad_vectors(void **state)
{
    (void)state;
    static const char *const bad[] = {",",  "7,",   ",7",      "7@",  "7@1", "@1.2",     "0@1.2",
                                      "-1", "7,,8", "7@1.2,7", "7;8", "7 ",  "7@1.2@3.4"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        struct cursor_run runs[CURSOR_RUNS_MAX];
        assert_int_equal(parse_vector(bad[i], runs, CURSOR_RUNS_MAX, &e), -1);
        assert_int_equal(e.code, ERR_INVALID);
    }
}

static void refuses_too_many_runs(void **state)
{
    (void)state;
    struct cursor_run runs[2];
    struct err e;
    assert_int_equal(parse_vector("1,2", runs, 2, &e), 2);
    assert_int_equal(parse_vector("1,2,3", runs, 2, &e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_wrote),          cmocka_unit_test(refuses_other_forms),
        cmocka_unit_test(compares_by_line_then_record), cmocka_unit_test(reads_a_vector),
        cmocka_unit_test(refuses_bad_vectors),          cmocka_unit_test(refuses_too_many_runs),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
