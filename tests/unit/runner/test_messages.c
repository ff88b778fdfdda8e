/* Messages of experiments: what is taken, as what, and what is refused with which words. */
#include "messages.h"

#include "chunk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void get(const struct message *m, enum message_member member, const char *expected)
{
    size_t len;
    const char *text = message_get(m, member, &len);
    if (!expected) {
        assert_null(text);
        return;
    }
    assert_non_null(text);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(text, expected, len);
}

static int parse(struct message *m, const char *text, struct err *e)
{
    /* exact memory, so that reading beyond is found */
    size_t len = strlen(text);
    char *copy = xmalloc(len);
    memcpy(copy, text, len);
    int rc = message_parse(m, copy, len, e);
    free(copy);
    return rc;
}

static void takes_each_type(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum message_type type;
        enum message_member member;
        const char *value;
    } table[] = {
        {"{\"type\":\"log\",\"message\":\"a\\nb\"}", MESSAGE_LOG, MEMBER_MESSAGE, "a\nb"},
        {"{\"message\":\"m\",\"metadata\":{ \"k\" : 1.0 },\"type\":\"log\"}", MESSAGE_LOG,
         MEMBER_METADATA, "{\"k\":1.0}"},
        {"{\"type\":\"progress\",\"current\":5,\"total\":1e2}", MESSAGE_PROGRESS, MEMBER_TOTAL,
         "1e2"},
        {"{\"type\":\"progress\",\"current\":5,\"total\":null}", MESSAGE_PROGRESS, MEMBER_TOTAL,
         NULL},
        {"{\"type\":\"result\",\"key\":\"k\",\"value\":null}", MESSAGE_RESULT, MEMBER_VALUE,
         "null"},
        {"{\"type\":\"result\",\"key\":\"k\",\"value\":0.10}", MESSAGE_RESULT, MEMBER_VALUE,
         "0.10"},
        {"{\"type\":\"result\",\"key\":\"k\",\"value\":[1, {\"b\":2,\"a\":1}]}", MESSAGE_RESULT,
         MEMBER_VALUE, "[1,{\"b\":2,\"a\":1}]"},
        {"{\"type\":\"metric\",\"key\":\"k\",\"step\":1,\"value\":\"NaN\"}", MESSAGE_METRIC,
         MEMBER_VALUE, "\"NaN\""},
        {"{\"type\":\"metric\",\"key\":\"k\",\"step\":1.5,\"value\":-0}", MESSAGE_METRIC,
         MEMBER_STEP, "1.5"},
        {"{\"type\":\"row\",\"table\":\"t\",\"values\":{\"z\":1,\"a\":2}}", MESSAGE_ROW,
         MEMBER_VALUES, "{\"z\":1,\"a\":2}"},
        {"{\"type\":\"event\",\"kind\":\"k\",\"duration_ms\":12.50}", MESSAGE_EVENT,
         MEMBER_DURATION, "12.50"},
        {"{\"type\":\"artifact\",\"path\":\"a/b\"}", MESSAGE_ARTIFACT, MEMBER_PATH, "a/b"},
        {"{\"type\":\"fact\",\"key\":\"k\",\"value\":\"v\"}", MESSAGE_FACT, MEMBER_VALUE, "\"v\""},
        {"{\"type\":\"complete\",\"more\":[1,2]}", MESSAGE_COMPLETE, MEMBER_ERROR, NULL},
        {"{\"type\":\"fail\",\"error\":\"why\"}", MESSAGE_FAIL, MEMBER_ERROR, "why"},
        {"{\"type\":\"fail\",\"error\":\"\xff\xfe\"}", MESSAGE_FAIL, MEMBER_ERROR,
         "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"{\"type\":\"fail\",\"error\":\"\\u0000\\ud800\"}", MESSAGE_FAIL, MEMBER_ERROR,
         "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {" {\"type\" : \"fail\" } ", MESSAGE_FAIL, MEMBER_ERROR, NULL},
    };
    struct message m;
    struct err e = {0};
    message_init(&m);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (parse(&m, table[i].text, &e) != 0)
            fail_msg("%s: %s", table[i].text, e.text);
        assert_int_equal(m.type, table[i].type);
        get(&m, table[i].member, table[i].value);
    }
    message_release(&m);
}

static void knows_levels(void **state)
{
    (void)state;
    struct message m;
    struct err e = {0};
    message_init(&m);
    assert_int_equal(parse(&m, "{\"type\":\"log\",\"level\":\"error\",\"message\":\"\"}", &e), 0);
    assert_int_equal(m.level, CHUNK_ERROR);
    get(&m, MEMBER_MESSAGE, "");
    assert_int_equal(parse(&m, "{\"type\":\"log\",\"message\":\"\"}", &e), 0);
    assert_int_equal(m.level, CHUNK_INFO);
    message_release(&m);
}

static void refuses_and_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } table[] = {
        {"", "not a valid JSON object"},
        {"[]", "not a valid JSON object"},
        {"{}", "\"type\" is missing"},
        {"{\"type\":1}", "\"type\" must be a string"},
        {"{\"type\":\"dance\"}", "\"type\" is none"},
        {"{\"type\":\"Log\",\"message\":\"\"}", "\"type\" is none"},
        {"{\"type\":\"log\"}", "\"message\" is missing"},
        {"{\"type\":\"log\",\"message\":1}", "\"message\" must be a string"},
        {"{\"type\":\"log\",\"message\":\"\",\"level\":\"loud\"}", "\"level\" must be debug, info"},
        {"{\"type\":\"log\",\"message\":\"\",\"metadata\":[]}", "\"metadata\" must be an object"},
        {"{\"type\":\"log\",\"message\":\"\",\"message\":\"\"}", "\"message\" is there twice"},
        {"{\"type\":\"log\",\"message\":\"\"} x", "not a valid JSON object"},
        {"{\"type\":\"log\",\"message\":\"", "not a valid JSON object"},
        {"{\"type\":\"result\",\"value\":1}", "\"key\" is missing"},
        {"{\"type\":\"result\",\"key\":\"\",\"value\":1}", "\"key\" must be a string of 1 to 1000"},
        {"{\"type\":\"result\",\"key\":\"k\",\"value\":{\"a\":1,\"a\":2}}", "\"value\""},
        {"{\"type\":\"result\",\"key\":\"k\",\"value\":01}", "not a valid"},
        {"{\"type\":\"metric\",\"key\":\"k\",\"value\":1}", "\"step\" is missing"},
        {"{\"type\":\"metric\",\"key\":\"k\",\"step\":\"1\",\"value\":1}",
         "\"step\" must be a finite"},
        {"{\"type\":\"metric\",\"key\":\"k\",\"step\":1e999,\"value\":1}",
         "\"step\" must be a finite"},
        {"{\"type\":\"metric\",\"key\":\"k\",\"step\":1,\"value\":\"nan\"}",
         "\"value\" must be a number"},
        {"{\"type\":\"row\",\"table\":\"t\",\"values\":[1]}", "\"values\" must be an object"},
        {"{\"type\":\"fail\",\"error\":{}}", "\"error\" must be a string"},
        {"{\"type\":\"complete\",\"type\":\"fail\"}", "\"type\" is there twice"},
        {"{\"type\":\"complete\",\"type\":\"complete\"}", "\"type\" is there twice"},
    };
    struct message m;
    message_init(&m);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct err e = {0};
        if (parse(&m, table[i].text, &e) == 0)
            fail_msg("taken: %s", table[i].text);
        if (!strstr(e.text, table[i].words))
            fail_msg("%s: %s", table[i].text, e.text);
    }
    message_release(&m);
}

/* Wraps `fill`, often enough to be large, and looks at what is there of the member. */
static void parse_large(const char *head, const char *fill, const char *tail,
                        enum message_member member, const char *error)
{
    struct message m;
    struct err e = {0};
    struct strbuf text = STRBUF_INIT;
    size_t len, raw_len;
    message_init(&m);
    strbuf_adds(&text, head);
    while (text.len <= MESSAGE_LARGE + strlen(head))
        strbuf_adds(&text, fill);
    strbuf_adds(&text, tail);
    int rc = message_parse(&m, text.buf, text.len, &e);
    if (error) {
        assert_int_equal(rc, -1);
        assert_non_null(strstr(e.text, error));
    } else {
        assert_int_equal(rc, 0);
        const char *raw = message_raw(&m, member, &raw_len);
        assert_null(message_get(&m, member, &len));
        assert_true(raw > text.buf && raw + raw_len < text.buf + text.len);
        assert_true(raw_len > MESSAGE_LARGE);
        assert_null(message_raw(&m, MEMBER_KEY, &raw_len));
    }
    message_release(&m);
    strbuf_release(&text);
}

static void leaves_large_values_where_they_are(void **state)
{
    (void)state;
    static const char result[] = "{\"type\":\"result\",\"key\":\"k\",\"value\":";
    static const char row[] = "{\"type\":\"row\",\"table\":\"t\",\"values\":";
    static const char log[] = "{\"type\":\"log\",\"message\":\"";
    char head[80];
    snprintf(head, sizeof(head), "%s[0", result);
    parse_large(head, ",1", "]}", MEMBER_VALUE, NULL);
    parse_large(head, ",1", ",]}", MEMBER_VALUE, "\"value\": not valid JSON");
    parse_large(head, ",1", "],\"value\":1}", MEMBER_VALUE, "\"value\" is there twice");
    snprintf(head, sizeof(head), "%s{\"a\":[0", row);
    parse_large(head, ",1", "]}}", MEMBER_VALUES, NULL);
    snprintf(head, sizeof(head), "%s[0", row);
    parse_large(head, ",1", "]}", MEMBER_VALUES, "\"values\" must be an object");
    parse_large(log, "\xff\\n", "\"}", MEMBER_MESSAGE, NULL);
    parse_large(log, "text", "\\x\"}", MEMBER_MESSAGE, "\"message\": not a valid JSON string");
}

static void bounds_depth(void **state)
{
    (void)state;
    static const char *const heads[] = {"{\"type\":\"result\",\"key\":\"k\",\"value\":",
                                        "{\"type\":\"complete\",\"unknown\":"};
    struct message m;
    message_init(&m);
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        for (int depth = 96; depth <= 97; depth++) {
            struct err e = {0};
            struct strbuf text = STRBUF_INIT;
            strbuf_adds(&text, heads[i]);
            for (int at = 0; at < depth; at++)
                strbuf_addc(&text, '[');
            for (int at = 0; at < depth; at++)
                strbuf_addc(&text, ']');
            strbuf_addc(&text, '}');
            assert_int_equal(parse(&m, text.buf, &e), depth == 96 ? 0 : -1);
            if (depth == 97)
                assert_non_null(strstr(e.text, "nested deeper than 96 levels"));
            strbuf_release(&text);
        }
    }
    message_release(&m);
}

static void bounds_what_is_indexed(void **state)
{
    (void)state;
    struct strbuf text = STRBUF_INIT;
    struct message m;
    struct err e = {0};
    message_init(&m);
    for (int len = 1000; len <= 1001; len++) {
        strbuf_reset(&text);
        strbuf_adds(&text, "{\"type\":\"fact\",\"value\":1,\"key\":\"");
        for (int i = 0; i < len; i++)
            strbuf_addc(&text, 'k');
        strbuf_adds(&text, "\"}");
        assert_int_equal(parse(&m, text.buf, &e), len == 1000 ? 0 : -1);
    }
    message_release(&m);
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_each_type),
        cmocka_unit_test(knows_levels),
        cmocka_unit_test(refuses_and_says_why),
        cmocka_unit_test(leaves_large_values_where_they_are),
        cmocka_unit_test(bounds_depth),
        cmocka_unit_test(bounds_what_is_indexed),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
