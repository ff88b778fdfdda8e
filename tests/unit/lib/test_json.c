/* JSON: numbers, the members of an object, and what jansson reads. */
#include "json.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_short_doubles_that_read_back),
        cmocka_unit_test(walks_the_members),
        cmocka_unit_test(refuses_what_is_no_object),
        cmocka_unit_test(writes_a_value_in_its_order),
        cmocka_unit_test(parse_names_the_text_and_the_place),
        cmocka_unit_test(parse_takes_wide_whole_numbers_for_floats),
        cmocka_unit_test(getters_fall_back),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
