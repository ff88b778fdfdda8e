/* JSON text: writing, compacting, walking. */
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct bytes {
    const char *data;
    size_t len;
};

#define BYTES(literal)                                                                             \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

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

static void puts_short_doubles_that_read_back(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "-0"},
                 {0.1, "0.1"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1.0 / 3, "0.3333333333333333"},
                 {100, "100"},
                 {-2.5e-7, "-2.5e-7"},
                 {0.000001, "0.000001"},
                 {1e15, "1000000000000000"},
                 {1.5e20, "150000000000000000000.0"},
                 {0x1p63, "9223372036854776000.0"},
                 {-0x1p62, "-4611686018427388000"},
                 {1e21, "1e+21"},
                 {1e300, "1e+300"},
                 {5e-324, "5e-324"},
                 {DBL_MAX, "1.7976931348623157e+308"},
                 {DBL_MIN, "2.2250738585072014e-308"},
                 {9007199254740993.0, "9007199254740992"},
                 {NAN, "\"NaN\""},
                 {INFINITY, "\"Infinity\""},
                 {-INFINITY, "\"-Infinity\""}};
    struct strbuf sb = STRBUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        strbuf_reset(&sb);
        json_put_double(&sb, cases[i].value);
        assert_string_equal(sb.buf, cases[i].text);
        if (isfinite(cases[i].value))
            assert_true(strtod(sb.buf, NULL) == cases[i].value);
    }
    strbuf_release(&sb);
}

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

static void walks_the_members(void **state)
{
    (void)state;
    static const char text[] =
        " { \"a\" : 1 , \"b\\n\":\"x\\\"}\",\"c\" : { \"d\" : [ \"]\" ] } , \"e\":[],\"\":true,"
        "\"f\":null,\"g\":false } ";
    static const struct {
        const char *key, *value;
        char type;
    } want[] = {{"a", "1", '0'},    {"b\n", "\"x\\\"}\"", '"'}, {"c", "{ \"d\" : [ \"]\" ] }", '{'},
                {"e", "[]", '['},   {"", "true", 't'},          {"f", "null", 'n'},
                {"g", "false", 'f'}};
    struct json_members it;
    struct json_member m;
    json_members_init(&it, text, sizeof(text) - 1);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_int_equal(json_members_next(&it, &m, NULL), 1);
        assert_string_equal(m.key, want[i].key);
        assert_int_equal(m.key_len, strlen(want[i].key));
        assert_int_equal(m.value_len, strlen(want[i].value));
        assert_memory_equal(m.value, want[i].value, m.value_len);
        assert_int_equal(m.type, want[i].type);
    }
    assert_int_equal(json_members_next(&it, &m, NULL), 0);
    assert_int_equal(json_members_next(&it, &m, NULL), 0);
    json_members_release(&it);
}

/* The last result of walking through `text`. */
static int walk(const char *text)
{
    struct json_members it;
    struct json_member m;
    struct err e = {0};
    int rc;
    json_members_init(&it, text, strlen(text));
    while ((rc = json_members_next(&it, &m, &e)) == 1)
        ;
    json_members_release(&it);
    assert_int_equal(e.code, rc ? ERR_INVALID : ERR_NONE);
    return rc;
}

static void refuses_what_is_no_object(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "[1]",
                                      "1",
                                      "{",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "{\"a\":1",
                                      "{\"a\":1,",
                                      "{\"a\":1,}",
                                      "{,}",
                                      "{\"a\":1}}",
                                      "{\"a\" 1}",
                                      "{\"a\":[}}",
                                      "{\"a\":{]}",
                                      "{\"a\":\"x}",
                                      "{\"a\":1 \"b\":2}",
                                      "{\"a\":x}",
                                      "{\"\\x\":1}",
                                      "{} x",
                                      "{\"a\":[1}",
                                      "{a:1}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(walk(bad[i]), -1);
    assert_int_equal(walk("{}"), 0);
    assert_int_equal(walk(" { } "), 0);
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

static void writes_a_value_in_its_order(void **state)
{
    (void)state;
    static const char text[] =
        "{\"z\":1,\"a\":[0.1,\"\\u00e9\",true,false,null,{}],\"m\":{\"b\":[]}}";
    struct strbuf sb = STRBUF_INIT;
    json_t *value = json_parse(text, sizeof(text) - 1, "test", NULL);
    assert_non_null(value);
    json_put_value(&sb, value);
    assert_string_equal(sb.buf,
                        "{\"z\":1,\"a\":[0.1,\"\xC3\xA9\",true,false,null,{}],\"m\":{\"b\":[]}}");
    json_decref(value);
    strbuf_release(&sb);
}

static void parse_names_the_text_and_the_place(void **state)
{
    (void)state;
    struct err e;
    assert_null(json_parse("{\n\"a\" 1}", 8, "experiment.json", &e));
    assert_int_equal(e.code, ERR_INVALID);
    assert_memory_equal(e.text, "experiment.json: line 2, column ", 32);
    assert_null(json_parse("{} x", 4, "t", &e));
    assert_null(json_parse("{\"a\":1,\"a\":2}", 13, "t", &e));
    assert_null(json_parse("\"\xFF\"", 3, "t", &e));
    assert_null(json_parse("", 0, "t", &e));
    json_t *value = json_parse("3", 1, "t", &e);
    assert_int_equal(json_integer_value(value), 3);
    json_decref(value);
}

static void parse_takes_wide_whole_numbers_for_floats(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"[9223372036854775807,-9223372036854775808]",
         "[9223372036854775807,-9223372036854775808]"},
        {"[9223372036854775808,1]", "[9223372036854776000.0,1]"},
        {"{\"a\":-18446744073709551616 }", "{\"a\":-18446744073709552000.0}"},
        {"[100000000000000000000,\"100000000000000000000 \\\" 9\"]",
         "[100000000000000000000.0,\"100000000000000000000 \\\" 9\"]"},
        {"1000000000000000000000000", "1e+24"},
    };
    struct strbuf sb = STRBUF_INIT;
    struct err e;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *value = json_parse(cases[i].in, strlen(cases[i].in), "t", &e);
        assert_non_null(value);
        strbuf_reset(&sb);
        json_put_value(&sb, value);
        assert_string_equal(sb.buf, cases[i].out);
        json_decref(value);
    }
    strbuf_release(&sb);
    static const char *const refused[] = {"1e999", "[100000000000000000000",
                                          "[100000000000000000000\"", "\"100000000000000000000",
                                          "[100000000000000000000x]"};
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_null(json_parse(refused[i], strlen(refused[i]), "t", &e));
}

static void getters_fall_back(void **state)
{
    (void)state;
    json_t *o = json_parse("{\"s\":\"x\",\"i\":7,\"b\":true}", 24, "t", NULL);
    assert_string_equal(json_get_str(o, "s", "no"), "x");
    assert_string_equal(json_get_str(o, "i", "no"), "no");
    assert_null(json_get_str(o, "absent", NULL));
    assert_int_equal(json_get_int(o, "i", 1), 7);
    assert_int_equal(json_get_int(o, "s", 1), 1);
    assert_true(json_get_bool(o, "b", false));
    assert_true(json_get_bool(o, "i", true));
    assert_false(json_get_bool(NULL, "b", false));
    json_decref(o);
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
        cmocka_unit_test(puts_fit_strings),
        cmocka_unit_test(repairs_each_maximal_invalid_part),
        cmocka_unit_test(finds_every_special_byte_at_every_place),
        cmocka_unit_test(puts_short_doubles_that_read_back),
        cmocka_unit_test(compacts),
        cmocka_unit_test(refuses_what_is_no_json),
        cmocka_unit_test(refuses_keys_that_stand_twice),
        cmocka_unit_test(finds_duplicates_among_many_keys),
        cmocka_unit_test(bounds_the_keys),
        cmocka_unit_test(bounds_the_depth),
        cmocka_unit_test(walks_the_members),
        cmocka_unit_test(refuses_what_is_no_object),
        cmocka_unit_test(decodes_strings),
        cmocka_unit_test(writes_a_value_in_its_order),
        cmocka_unit_test(parse_names_the_text_and_the_place),
        cmocka_unit_test(parse_takes_wide_whole_numbers_for_floats),
        cmocka_unit_test(getters_fall_back),
        cmocka_unit_test(decodes_in_parts),
        cmocka_unit_test(checks_without_output),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
