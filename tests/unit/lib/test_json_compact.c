/* Checking a JSON text and writing it compactly. */
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "bytes.h"

static void compacts(void **state)
{
    (void)state;
    static const struct {
        struct bytes in;
        const char *out;
    } cases[] = {
        {BYTES("1"), "1"},
        {BYTES(" \t\r\n null \n"), "null"},
        {BYTES("{ }"), "{}"},
        {BYTES("[ ]"), "[]"},
        {BYTES("{\"a\" : [ 1 , true , false , null ] , \"b\" : { } }"),
         "{\"a\":[1,true,false,null],\"b\":{}}"},
        {BYTES("[0.10, 18446744073709551616, -0, 1E+5, 1.0e-10]"),
         "[0.10,18446744073709551616,-0,1E+5,1.0e-10]"},
        {BYTES("\" kept  white space \""), "\" kept  white space \""},
        {BYTES("\"\\u0041\\n\\/\""), "\"\\u0041\\n\\/\""},
        {BYTES("\"\\ud83d\\ude00\""), "\"\\ud83d\\ude00\""},
        {BYTES("\"\\u0000\""), "\"\\ufffd\""},
        {BYTES("\"\\ud800\""), "\"\\ufffd\""},
        {BYTES("\"\\udc00\\ud800\\u0041\""), "\"\\ufffd\\ufffd\\u0041\""},
        {BYTES("\"\\ud800\\ud83d\\ude00\""), "\"\\ufffd\\ud83d\\ude00\""},
        {BYTES("{\"a\":{\"a\":1},\"b\":{\"a\":1}}"), "{\"a\":{\"a\":1},\"b\":{\"a\":1}}"},
    };
    struct strbuf sb = STRBUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        strbuf_reset(&sb);
        strbuf_adds(&sb, "before");
        assert_int_equal(json_compact(cases[i].in.data, cases[i].in.len, &sb, NULL), 0);
        assert_string_equal(sb.buf + 6, cases[i].out);
    }
    strbuf_release(&sb);
}

static void refuses_what_is_no_json(void **state)
{
    (void)state;
    static const struct bytes bad[] = {
        BYTES(""),         BYTES(" "),        BYTES("{"),          BYTES("["),
        BYTES("[1"),       BYTES("[1,"),      BYTES("[1,]"),       BYTES("[,1]"),
        BYTES("{\"a\"}"),  BYTES("{\"a\":}"), BYTES("{\"a\":1,}"), BYTES("{a:1}"),
        BYTES("{1:1}"),    BYTES("[1}"),      BYTES("{\"a\":1]"),  BYTES("1 2"),
        BYTES("tru"),      BYTES("True"),     BYTES("nulll"),      BYTES("NaN"),
        BYTES("Infinity"), BYTES("01"),       BYTES("1."),         BYTES(".1"),
        BYTES("+1"),       BYTES("-"),        BYTES("1e"),         BYTES("1e+"),
        BYTES("0x1"),      BYTES("'a'"),      BYTES("\"a"),        BYTES("\"a\\"),
        BYTES("\"a\\\""),  BYTES("\"\\x\""),  BYTES("\"\\u12\""),  BYTES("\"\\u12g4\""),
        BYTES("\"a\nb\""), BYTES("\"a\tb\""), BYTES("\"a\0b\""),   BYTES("[1]\0"),
        BYTES("{}{}"),     BYTES("[1] x"),    BYTES("\"\\\0\""),   BYTES("/**/1"),
    };
    struct strbuf sb = STRBUF_INIT;
    strbuf_adds(&sb, "before");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        assert_int_equal(json_compact(bad[i].data, bad[i].len, &sb, &e), -1);
        assert_int_equal(e.code, ERR_INVALID);
        assert_string_equal(sb.buf, "before");
    }
    strbuf_release(&sb);
}

static int compact(const char *s)
{
    struct strbuf sb = STRBUF_INIT;
    int rc = json_compact(s, strlen(s), &sb, NULL);
    strbuf_release(&sb);
    return rc;
}

static void refuses_keys_that_stand_twice(void **state)
{
    (void)state;
    assert_int_equal(compact("{\"a\":1,\"b\":2,\"a\":3}"), -1);
    assert_int_equal(compact("{\"a\":1,\"\\u0061\":3}"), -1);
    assert_int_equal(compact("{\"\\ud800\":1,\"\\udc00\":3}"), -1); /* both become U+FFFD */
    assert_int_equal(compact("[{\"x\":{\"\":1,\"\":3}}]"), -1);
    assert_int_equal(compact("{\"a\":{\"b\":1},\"b\":{\"a\":1}}"), 0);
    assert_int_equal(compact("{\"a\":1,\"A\":1,\"a \":1}"), 0);
}

static void finds_duplicates_among_many_keys(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    strbuf_addc(&sb, '{');
    for (int i = 0; i < 3000; i++)
        strbuf_addf(&sb, "\"key%d\":%d,", i, i);
    size_t before = sb.len;
    strbuf_adds(&sb, "\"other\":0}");
    assert_int_equal(compact(sb.buf), 0);
    strbuf_truncate(&sb, before);
    strbuf_adds(&sb, "\"key1234\":0}");
    assert_int_equal(compact(sb.buf), -1);
    strbuf_release(&sb);
}

static void bounds_the_keys(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    strbuf_addc(&sb, '{');
    for (int i = 1; i < JSON_MAX_KEYS; i++) {
        strbuf_addc(&sb, '"');
        strbuf_add_int(&sb, i);
        strbuf_adds(&sb, "\":0,");
    }
    size_t before = sb.len;
    strbuf_adds(&sb, "\"last\":0}");
    assert_int_equal(compact(sb.buf), 0);
    strbuf_truncate(&sb, before);
    strbuf_adds(&sb, "\"last\":{\"more\":0}}");
    assert_int_equal(compact(sb.buf), -1);
    strbuf_release(&sb);
}

static void nested(struct strbuf *sb, int depth)
{
    strbuf_reset(sb);
    for (int i = 0; i < depth; i++)
        strbuf_adds(sb, i % 2 ? "[" : "{\"a\":");
    strbuf_addc(sb, '1');
    for (int i = depth; i-- > 0;)
        strbuf_addc(sb, i % 2 ? ']' : '}');
}

static void bounds_the_depth(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    struct err e;
    for (int depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
        bool good = depth <= JSON_MAX_DEPTH;
        nested(&sb, depth);
        assert_int_equal(compact(sb.buf), good ? 0 : -1);
        json_t *value = json_parse(sb.buf, sb.len, "test", &e);
        assert_true((value != NULL) == good);
        json_decref(value);
    }
    nested(&sb, 100000);
    assert_int_equal(compact(sb.buf), -1);
    assert_null(json_parse(sb.buf, sb.len, "test", &e));
    strbuf_release(&sb);
}

static void checks_without_output(void **state)
{
    (void)state;
    struct err e = {0};
    assert_int_equal(json_compact("{ \"a\" : [1, \"\xff\"] }", 18, NULL, &e), 0);
    assert_int_equal(json_compact("{\"a\":1,\"a\":2}", 15, NULL, &e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compacts),
        cmocka_unit_test(refuses_what_is_no_json),
        cmocka_unit_test(refuses_keys_that_stand_twice),
        cmocka_unit_test(finds_duplicates_among_many_keys),
        cmocka_unit_test(bounds_the_keys),
        cmocka_unit_test(bounds_the_depth),
        cmocka_unit_test(checks_without_output),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
