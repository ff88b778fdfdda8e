/* Numbers, copies and clocks. */
#include "base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void parses_decimal_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"7", 7},
        {"-1", -1},
        {"1500", 1500},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        int64_t value = 42;
        assert_true(parse_int64(good[i].text, strlen(good[i].text), &value));
        assert_true(value == good[i].value);
    }
}

static void refuses_what_is_no_integer(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "-",
                                      "-0",
                                      "-01",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "01",
                                      "1.",
                                      "0x1",
                                      "1e3",
                                      "--1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t value = 42;
        assert_false(parse_int64(bad[i], strlen(bad[i]), &value));
        assert_int_equal(value, 42);
    }
}

static void parses_no_further_than_told(void **state)
{
    (void)state;
    int64_t value = 0;
    assert_true(parse_int64("123456", 3, &value));
    assert_int_equal(value, 123);
}

static void copies_are_terminated(void **state)
{
    (void)state;
    char *s = xstrndup("abcdef", 3);
    assert_string_equal(s, "abc");
    free(s);
    s = xasprintf("%s-%d", "x", 5);
    assert_string_equal(s, "x-5");
    free(s);
    s = xcalloc(2, 4);
    assert_memory_equal(s, "\0\0\0\0\0\0\0", 8);
    free(s);
    free(xmalloc(0));
}

static void clocks_go_forward(void **state)
{
    (void)state;
    int64_t us = clock_mono_us();
    assert_true(clock_mono_us() >= us);
    assert_true(clock_mono_ms() >= us / 1000);
    assert_true(clock_wall_ms() > INT64_C(1600000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_decimal_integers),     cmocka_unit_test(refuses_what_is_no_integer),
        cmocka_unit_test(parses_no_further_than_told), cmocka_unit_test(copies_are_terminated),
        cmocka_unit_test(clocks_go_forward),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
