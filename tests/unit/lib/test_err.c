/* What a failure carries upwards. */
#include "err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void set_fills_code_and_text(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(err_set(&e, ERR_LIMIT, "too many: %d", 3), -1);
    assert_int_equal(e.code, ERR_LIMIT);
    assert_string_equal(e.text, "too many: 3");
    assert_string_equal(e.field, "");
}

static void field_names_what_is_to_blame(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(err_field(&e, "size", "must be %d", 8), -1);
    assert_int_equal(e.code, ERR_INVALID);
    assert_string_equal(e.field, "size");
    assert_string_equal(e.text, "must be 8");
}

static void errno_is_told_and_kept(void **state)
{
    (void)state;
    struct err e;
    errno = ENOENT;
    assert_int_equal(err_errno(&e, "cannot open %s", "x"), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(e.code, ERR_IO);
    assert_string_equal(e.text, "cannot open x: No such file or directory");
}

static void wrap_puts_context_before(void **state)
{
    (void)state;
    struct err e;
    err_field(&e, "f", "inner");
    assert_int_equal(err_wrap(&e, "outer %d", 1), -1);
    assert_string_equal(e.text, "outer 1: inner");
    assert_int_equal(e.code, ERR_INVALID);
    assert_string_equal(e.field, "f");
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    struct err e;
    char big[2000];
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    err_field(&e, big, "%s", big);
    assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
    assert_int_equal(strlen(e.field), sizeof(e.field) - 1);
    err_wrap(&e, "%s", big);
    assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
    errno = EIO;
    err_errno(&e, "%s", big);
    assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void a_path_keeps_its_end(void **state)
{
    (void)state;
    struct err e;
    char path[400] = "";
    assert_int_equal(err_path(&e, "api.key", "is required"), -1);
    assert_int_equal(e.code, ERR_INVALID);
    assert_string_equal(e.field, "api.key");
    assert_string_equal(e.text, "api.key is required");
    err_path(&e, "", "must be an object");
    assert_string_equal(e.text, "must be an object");
    for (int i = 0; i < 130; i++)
        strcat(path, "\u20AC");
    strcat(path, ".bc"); /* the end that fits begins within a character */
    err_path(&e, path, "is required");
    assert_int_equal(strlen(e.field), 3 + 29 * 3 + 3);
    assert_memory_equal(e.field, "...\u20AC", 6);
    assert_string_equal(e.field + strlen(e.field) - 6, "\u20AC.bc");
    assert_non_null(strstr(e.text, ".bc is required"));
}

static void cuts_are_between_characters(void **state)
{
    (void)state;
    struct err e;
    for (int shift = 0; shift < 4; shift++) {
        char text[600] = "aaa";
        text[shift] = '\0';
        while (strlen(text) < 590)
            strcat(text, "\U0001F600");
        err_field(&e, text, "%s", text);
        assert_int_equal((strlen(e.text) - (size_t)shift) % 4, 0);
        assert_int_equal((strlen(e.field) - (size_t)shift) % 4, 0);
        assert_true(strlen(e.text) + 4 >= sizeof(e.text));
        err_wrap(&e, "x");
        assert_int_equal((strlen(e.text) - 3 - (size_t)shift) % 4, 0);
    }
}

static void null_is_allowed_everywhere(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, ERR_IO, "x"), -1);
    assert_int_equal(err_field(NULL, "f", "x"), -1);
    assert_int_equal(err_path(NULL, "f", "x"), -1);
    assert_int_equal(err_errno(NULL, "x"), -1);
    assert_int_equal(err_wrap(NULL, "x"), -1);
    err_clear(NULL);
}

static void clear_says_nothing(void **state)
{
    (void)state;
    struct err e;
    err_field(&e, "f", "x");
    err_clear(&e);
    assert_int_equal(e.code, ERR_NONE);
    assert_string_equal(e.text, "");
    assert_string_equal(e.field, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_code_and_text),
        cmocka_unit_test(field_names_what_is_to_blame),
        cmocka_unit_test(errno_is_told_and_kept),
        cmocka_unit_test(wrap_puts_context_before),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(null_is_allowed_everywhere),
        cmocka_unit_test(clear_says_nothing),
        cmocka_unit_test(a_path_keeps_its_end),
        cmocka_unit_test(cuts_are_between_characters),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
