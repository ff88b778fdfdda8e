/* Names and values as browsers send them. */
#include "fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const struct fields_limits wide = {100, 100, 100};

static int parse(struct arena *a, const char *text, struct fields *f, struct err *e)
{
    return fields_parse(f, a, text, strlen(text), &wide, e);
}

static void decodes(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct fields f;
    assert_int_equal(parse(a, "a=1&b=x+y%21&&c&=d&e=%C3%a4&a=2", &f, NULL), 0);
    assert_int_equal(f.count, 6);
    assert_string_equal(fields_get(&f, "a"), "2");
    assert_string_equal(fields_get(&f, "b"), "x y!");
    assert_string_equal(fields_get(&f, "c"), "");
    assert_string_equal(fields_get(&f, ""), "d");
    assert_string_equal(fields_get(&f, "e"), "\xC3\xA4");
    assert_null(fields_get(&f, "z"));
    assert_int_equal(parse(a, "", &f, NULL), 0);
    assert_int_equal(f.count, 0);
    arena_free(a);
}

static void refuses_what_is_no_text(void **state)
{
    (void)state;
    static const char *const bad[] = {"a=%",         "a=%1",           "a=%zz",          "%=a",
                                      "a=%00",       "a=%ff",          "a=%C3",          "a=%C0%80",
                                      "a=%ED%A0%80", "a=%F4%90%80%80", "a=%F5%80%80%80", "a=\xE4",
                                      "a=%E0%80%80", "a=%F0%80%80%80"};
    struct arena *a = arena_new();
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct fields f;
        struct err e = {0};
        assert_int_equal(parse(a, bad[i], &f, &e), -1);
        assert_int_equal(e.code, ERR_INVALID);
    }
    arena_free(a);
}

static void keeps_its_limits(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct fields f;
    struct err e = {0};
    const struct fields_limits limits = {2, 3, 4};
    static const char *const good[] = {"a&b", "abc=abcd", "abc=%61%62%63%64"};
    static const char *const bad[] = {"a&b&c", "abcd=1", "a=12345"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_int_equal(fields_parse(&f, a, good[i], strlen(good[i]), &limits, &e), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(fields_parse(&f, a, bad[i], strlen(bad[i]), &limits, &e), -1);
        assert_int_equal(e.code, ERR_LIMIT);
    }
    arena_free(a);
}

static void finds_in_sorted_fields(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct fields f;
    assert_int_equal(parse(a, "b=1&a.b=2&a=3&a.a=4&ab=5&b=6", &f, NULL), 0);
    fields_sort(&f);
    assert_string_equal(fields_find(&f, "b")->value, "6");
    assert_string_equal(fields_find(&f, "a")->value, "3");
    assert_string_equal(fields_find(&f, "a.b")->value, "2");
    assert_null(fields_find(&f, "a."));
    assert_null(fields_find(&f, "zz"));
    assert_string_equal(f.items[fields_lower_bound(&f, "a.", 2)].name, "a.a");
    for (size_t i = 0; i < f.count; i++) {
        bool looked_up = strcmp(f.items[i].name, "ab") != 0 && strcmp(f.items[i].name, "a.a") != 0;
        assert_int_equal(f.items[i].used, looked_up);
    }
    arena_free(a);
}

static void reads_cookies(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    assert_string_equal(fields_cookie(a, "a=1; theme=dark; b=2", "theme"), "dark");
    assert_string_equal(fields_cookie(a, "theme=x;theme=y", "theme"), "x");
    assert_string_equal(fields_cookie(a, "theme=", "theme"), "");
    assert_null(fields_cookie(a, "xtheme=1; themes=2", "theme"));
    assert_null(fields_cookie(a, "theme=\xFF", "theme"));
    assert_null(fields_cookie(a, ";;  ;", "theme"));
    assert_null(fields_cookie(a, NULL, "theme"));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes),          cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(keeps_its_limits), cmocka_unit_test(finds_in_sorted_fields),
        cmocka_unit_test(reads_cookies),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
