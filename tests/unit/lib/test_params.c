/* Parameters in libpq's form; that Postgres understands them is tested in test_db. */
#include "params.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void check_text(struct params *p, int i, const char *text)
{
    assert_string_equal(params_values(p)[i], text);
    assert_int_equal(params_lengths(p)[i], (int)strlen(text));
    assert_int_equal(params_formats(p)[i], 0);
}

static void scalars_are_text(void **state)
{
    (void)state;
    struct params *p = params_new();
    params_text(p, "don't \\ {\"");
    params_textn(p, "abcdef", 3);
    params_textn(p, "a\0b", 3);
    params_int(p, INT64_MIN);
    params_bool(p, true);
    params_bool(p, false);
    params_double(p, 0.1);
    params_double(p, NAN);
    params_double(p, -INFINITY);
    params_text(p, "");
    check_text(p, 0, "don't \\ {\"");
    check_text(p, 1, "abc");
    check_text(p, 2, "a");
    check_text(p, 3, "-9223372036854775808");
    check_text(p, 4, "t");
    check_text(p, 5, "f");
    check_text(p, 6, "0.10000000000000001");
    check_text(p, 7, "NaN");
    check_text(p, 8, "-Infinity");
    check_text(p, 9, "");
    assert_int_equal(params_count(p), 10);
    params_free(p);
}

static void null_has_no_value(void **state)
{
    (void)state;
    struct params *p = params_new();
    params_null(p);
    params_text(p, NULL);
    assert_null(params_values(p)[0]);
    assert_null(params_values(p)[1]);
    assert_int_equal(params_count(p), 2);
    params_free(p);
}

static void values_are_copied(void **state)
{
    (void)state;
    struct params *p = params_new();
    char text[] = "before";
    params_text(p, text);
    memcpy(text, "after!", 6);
    struct params *copy = params_copy(p);
    check_text(p, 0, "before");
    params_reset(p);
    assert_int_equal(params_count(p), 0);
    params_text(p, "next");
    check_text(p, 0, "next");
    check_text(copy, 0, "before");
    params_free(p);
    params_free(copy);
}

static void arrays_are_binary(void **state)
{
    (void)state;
    static const char expected[] = "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1"
                                   "\0\0\0\2a\"\xff\xff\xff\xff\0\0\0\0";
    static const char one[] = "\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\1\0\0\0\1"
                              "\0\0\0\x8\xff\xff\xff\xff\xff\xff\xff\xfe";
    const struct params_slice items[] = {{"a\"", 2}, {NULL, 0}, {"", 0}};
    const int64_t numbers[] = {-2};
    struct params *p = params_new();
    params_text_array(p, items, 3);
    params_int_array(p, numbers, 1);
    params_text_array(p, NULL, 0);
    assert_int_equal(params_lengths(p)[0], (int)sizeof(expected) - 1);
    assert_memory_equal(params_values(p)[0], expected, sizeof(expected) - 1);
    assert_int_equal(params_lengths(p)[1], (int)sizeof(one) - 1);
    assert_memory_equal(params_values(p)[1], one, sizeof(one) - 1);
    assert_int_equal(params_lengths(p)[2], 12);
    assert_int_equal(params_formats(p)[0], 1);
    struct params *copy = params_copy(p);
    assert_memory_equal(params_values(copy)[0], expected, sizeof(expected) - 1);
    assert_int_equal(params_formats(copy)[1], 1);
    params_free(copy);
    params_free(p);
}

static void none_is_no_parameters(void **state)
{
    (void)state;
    assert_int_equal(params_count(NULL), 0);
    assert_null(params_values(NULL));
    struct params *copy = params_copy(NULL);
    assert_int_equal(params_count(copy), 0);
    params_free(copy);
    params_free(NULL);
}

static void moves_all_and_is_empty(void **state)
{
    (void)state;
    struct params *p = params_new();
    params_int(p, 7);
    params_text(p, "text");
    const char *text = params_values(p)[1];
    struct params *moved = params_move(p);
    assert_int_equal(params_count(p), 0);
    assert_int_equal(params_count(moved), 2);
    assert_ptr_equal(params_values(moved)[1], text);
    params_text(p, "again");
    params_free(p);
    assert_string_equal(params_values(moved)[0], "7");
    assert_string_equal(params_values(moved)[1], "text");
    params_free(moved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_text),      cmocka_unit_test(null_has_no_value),
        cmocka_unit_test(values_are_copied),     cmocka_unit_test(arrays_are_binary),
        cmocka_unit_test(none_is_no_parameters),
        cmocka_unit_test(moves_all_and_is_empty),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
