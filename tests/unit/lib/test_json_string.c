/* Strings of JSON: made fit, escaped, and decoded again. */
#include "json.h"
#include "json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "bytes.h"

static void puts_fit_strings(void **state)
{
    (void)state;
    static const struct {
        struct bytes in;
        const char *out;
    } cases[] = {
        {BYTES(""), "\"\""},
        {BYTES("plain text of more than eight bytes"), "\"plain text of more than eight bytes\""},
        {BYTES("\"\\/"), "\"\\\"\\\\/\""},
        {BYTES("1234567\"1234567\\1234567\n"), "\"1234567\\\"1234567\\\\1234567\\n\""},
        {BYTES("\b\f\n\r\t\x01\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
        {BYTES("a\0b"), "\"a\xEF\xBF\xBD"
                        "b\""},
        {BYTES("h\xC3\xA9llo \xE2\x82\xAC \xF0\x9F\x98\x80 end"),
         "\"h\xC3\xA9llo \xE2\x82\xAC \xF0\x9F\x98\x80 end\""},
    };
    struct strbuf sb = STRBUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        strbuf_reset(&sb);
        json_put_string(&sb, cases[i].in.data, cases[i].in.len);
        assert_string_equal(sb.buf, cases[i].out);
    }
    strbuf_release(&sb);
}

/* How many U+FFFD each piece becomes, as the WHATWG's decoder counts them. */
static void repairs_each_maximal_invalid_part(void **state)
{
    (void)state;
    static const struct {
        struct bytes in;
        int count;
    } cases[] = {
        {BYTES("\x80"), 1},
        {BYTES("\xBF\xBF"), 2},
        {BYTES("\xC0\x80"), 2},         /* overlong */
        {BYTES("\xC1\xBF"), 2},         /* overlong */
        {BYTES("\xC3"), 1},             /* cut off */
        {BYTES("\xE2\x82"), 1},         /* cut off after two of three */
        {BYTES("\xE0\x80\x80"), 3},     /* overlong: not even the second byte is possible */
        {BYTES("\xED\xA0\x80"), 3},     /* a surrogate */
        {BYTES("\xF0\x9F\x98"), 1},     /* cut off after three of four */
        {BYTES("\xF0\x80\x80\x80"), 4}, /* overlong */
        {BYTES("\xF4\x90\x80\x80"), 4}, /* beyond U+10FFFF */
        {BYTES("\xF5\x80"), 2},
        {BYTES("\xFE\xFF"), 2},
        {BYTES("\xE2\xE2\x82"), 2},
        {BYTES("\xF0\x9F\xF0\x9F"), 2},
    };
    struct strbuf got = STRBUF_INIT, want = STRBUF_INIT, in = STRBUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        strbuf_reset(&got);
        strbuf_reset(&want);
        strbuf_reset(&in);
        strbuf_addf(&in, "<%.*s>", (int)cases[i].in.len, cases[i].in.data);
        strbuf_adds(&want, "\"<");
        for (int n = 0; n < cases[i].count; n++)
            strbuf_adds(&want, "\xEF\xBF\xBD");
        strbuf_adds(&want, ">\"");
        json_put_string(&got, in.buf, in.len);
        assert_string_equal(got.buf, want.buf);
        strbuf_reset(&got); /* the same bytes inside JSON text */
        strbuf_reset(&in);
        strbuf_addf(&in, "\"<%.*s>\"", (int)cases[i].in.len, cases[i].in.data);
        assert_int_equal(json_compact(in.buf, in.len, &got, NULL), 0);
        assert_string_equal(got.buf, want.buf);
    }
    strbuf_release(&got);
    strbuf_release(&want);
    strbuf_release(&in);
}

static void finds_every_special_byte_at_every_place(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT, back = STRBUF_INIT;
    for (int c = 1; c < 0x80; c++) {
        for (size_t at = 0; at < 20; at++) {
            char text[20];
            memset(text, 'x', sizeof(text));
            text[at] = (char)c;
            strbuf_reset(&sb);
            strbuf_reset(&back);
            json_put_string(&sb, text, sizeof(text));
            for (size_t i = 0; i < sb.len; i++)
                assert_true((unsigned char)sb.buf[i] >= 0x20);
            assert_int_equal(json_decode_string(sb.buf, sb.len, &back, NULL), 0);
            assert_int_equal(back.len, sizeof(text));
            assert_memory_equal(back.buf, text, sizeof(text));
        }
    }
    strbuf_release(&sb);
    strbuf_release(&back);
}

static void decodes_strings(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } good[] = {
        {"\"\"", ""},
        {"\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "a\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"\"\\u0000\\ud800\"", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\"\\uDBFF\\uDFFF\"", "\xF4\x8F\xBF\xBF"},
        {"\"\xFF\"", "\xEF\xBF\xBD"}};
    static const char *const bad[] = {"",       "\"",     "a",       "\"a",      "a\"",
                                      "\"\\\"", "\"\"\"", "\"\\x\"", "\"\\u1\"", "\"\n\""};
    struct strbuf sb = STRBUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        strbuf_reset(&sb);
        assert_int_equal(json_decode_string(good[i].in, strlen(good[i].in), &sb, NULL), 0);
        assert_string_equal(sb.buf, good[i].out);
    }
    strbuf_reset(&sb);
    strbuf_adds(&sb, "before");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(json_decode_string(bad[i], strlen(bad[i]), &sb, NULL), -1);
        assert_string_equal(sb.buf, "before");
    }
    strbuf_release(&sb);
}

/* Parts of any size put together are the whole, and each is as long as it can be. */
static void decodes_in_parts(void **state)
{
    (void)state;
    static const char raw[] =
        "\"a\xC3\xA9\\u00e9\\n\xF0\x9F\x98\x80 \xFF\xF0\x9F\\ud83d\\ude00\\ud800z\xC3\"";
    const char *end = raw + sizeof(raw) - 2;
    struct strbuf whole = STRBUF_INIT, parts = STRBUF_INIT;
    assert_int_equal(json_decode_string(raw, sizeof(raw) - 1, &whole, NULL), 0);
    for (size_t max = 4; max < 40; max++) {
        strbuf_reset(&parts);
        for (const char *at = raw + 1; at < end;) {
            size_t before = parts.len;
            assert_int_equal(json_decode_part(&at, end, max, &parts, NULL), 0);
            assert_true(parts.len > before && parts.len - before <= max);
            assert_true(at == end || parts.len - before + 4 > max);
            assert_true(parts.len == whole.len || (whole.buf[parts.len] & 0xC0) != 0x80);
        }
        assert_int_equal(parts.len, whole.len);
        assert_memory_equal(parts.buf, whole.buf, whole.len);
    }
    const char *bad = "ab\\x";
    assert_int_equal(json_decode_part(&bad, bad + 4, 64, &parts, NULL), -1);
    strbuf_release(&whole);
    strbuf_release(&parts);
}

static void mends_what_is_no_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *in, *without, *replaced;
    } cases[] = {
        {"", "", ""},
        {"plain h\xC3\xA9 \xF0\x9F\x98\x80", "plain h\xC3\xA9 \xF0\x9F\x98\x80",
         "plain h\xC3\xA9 \xF0\x9F\x98\x80"},
        {"cut \xE2\x82 here", "cut  here", "cut ?? here"},
        {"\xFF\xFE"
         "a\xC3",
         "a", "??a?"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[64];
        strcpy(text, cases[i].in);
        assert_int_equal(json_mend(text, strlen(text), 0), strlen(cases[i].without));
        assert_string_equal(text, cases[i].without);
        strcpy(text, cases[i].in);
        assert_int_equal(json_mend(text, strlen(text), '?'), strlen(cases[i].in));
        assert_string_equal(text, cases[i].replaced);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_fit_strings),
        cmocka_unit_test(repairs_each_maximal_invalid_part),
        cmocka_unit_test(finds_every_special_byte_at_every_place),
        cmocka_unit_test(decodes_strings),
        cmocka_unit_test(decodes_in_parts),
        cmocka_unit_test(mends_what_is_no_utf8),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
