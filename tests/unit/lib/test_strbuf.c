/* One growing buffer. */
#include "strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void is_a_string_when_empty(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    assert_string_equal(sb.buf, "");
    strbuf_reset(&sb);
    strbuf_truncate(&sb, 0);
    strbuf_consume(&sb, 0);
    strbuf_add(&sb, NULL, 0);
    assert_string_equal(sb.buf, "");
    char *s = strbuf_detach(&sb, NULL);
    assert_string_equal(s, "");
    free(s);
    strbuf_release(&sb);
}

static void appends_of_every_kind(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    strbuf_adds(&sb, "ab");
    strbuf_addc(&sb, 'c');
    strbuf_add(&sb, "\0d", 2);
    assert_int_equal(sb.len, 5);
    assert_memory_equal(sb.buf, "abc\0d", 6);
    strbuf_reset(&sb);
    strbuf_addf(&sb, "%s=%d", "k", 7);
    assert_string_equal(sb.buf, "k=7");
    strbuf_release(&sb);
}

static void grows_through_every_size(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    for (size_t i = 0; i < 5000; i++) {
        strbuf_addc(&sb, (char)('a' + i % 26));
        assert_int_equal(sb.buf[sb.len], 0);
    }
    assert_int_equal(sb.len, 5000);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(sb.buf[i], 'a' + (int)(i % 26));
    strbuf_release(&sb);
}

static void formats_beyond_the_first_guess(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    strbuf_addf(&sb, "%500d|", 1);
    strbuf_addf(&sb, "%s", "end");
    assert_int_equal(sb.len, 504);
    assert_string_equal(sb.buf + 499, "1|end");
    strbuf_release(&sb);
}

static void writes_integers(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-1, "-1"},
                 {10, "10"},
                 {INT64_MAX, "9223372036854775807"},
                 {INT64_MIN, "-9223372036854775808"}};
    struct strbuf sb = STRBUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        strbuf_reset(&sb);
        strbuf_add_int(&sb, cases[i].value);
        assert_string_equal(sb.buf, cases[i].text);
    }
    strbuf_release(&sb);
}

static void consume_truncate_swap_detach(void **state)
{
    (void)state;
    struct strbuf a = STRBUF_INIT, b = STRBUF_INIT;
    strbuf_adds(&a, "abcdef");
    strbuf_consume(&a, 2);
    assert_string_equal(a.buf, "cdef");
    strbuf_truncate(&a, 3);
    assert_string_equal(a.buf, "cde");
    strbuf_swap(&a, &b);
    assert_string_equal(a.buf, "");
    assert_string_equal(b.buf, "cde");
    size_t len;
    char *s = strbuf_detach(&b, &len);
    assert_int_equal(len, 3);
    assert_string_equal(s, "cde");
    assert_int_equal(b.len, 0);
    free(s);
    strbuf_release(&a);
    strbuf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_a_string_when_empty),
        cmocka_unit_test(appends_of_every_kind),
        cmocka_unit_test(grows_through_every_size),
        cmocka_unit_test(formats_beyond_the_first_guess),
        cmocka_unit_test(writes_integers),
        cmocka_unit_test(consume_truncate_swap_detach),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
