/* Manifests: what is sound, and what is refused naming the field. */
#include "manifest.h"

#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static json_t *json_of(const char *text)
{
    struct err e = {0};
    json_t *value = json_parse(text, strlen(text), "test", &e);
    if (!value)
        fail_msg("%s: %s", text, e.text);
    return value;
}

/* A manifest called x with these further members. */
static struct manifest *with(const char *members, struct err *e)
{
    char *text =
        xasprintf("{\"name\":\"x\",\"command\":[\"c\"]%s%s}", *members ? "," : "", members);
    struct manifest *m = manifest_check(json_of(text), "x", e);
    free(text);
    return m;
}

static void reads_what_is_there(void **state)
{
    (void)state;
    struct err e = {0};
    struct manifest *m =
        with("\"title\":\"T\",\"version\":\"1.2\",\"timeout_s\":60,\"grace_s\":0,"
             "\"limits\":{\"memory_mb\":64,\"cpu_s\":9},\"environment\":[\"A_1\"],"
             "\"columns\":{\"a\":{\"better\":\"low\"}},\"describe\":[\"d\"],\"seed\":\"s\","
             "\"configuration\":[{\"name\":\"s\",\"type\":\"integer\"}]",
             &e);
    if (!m)
        fail_msg("%s", e.text);
    assert_string_equal(m->title, "T");
    assert_int_equal(m->timeout_s, 60);
    assert_int_equal(m->grace_s, 0);
    assert_int_equal(m->memory_mb, 64);
    assert_int_equal(m->cpu_s, 9);
    manifest_free(m);
    m = with("", &e);
    assert_non_null(m);
    assert_string_equal(m->title, "x");
    assert_string_equal(m->version, "");
    assert_int_equal(m->grace_s, MANIFEST_GRACE_S);
    assert_int_equal(m->timeout_s, 0);
    manifest_free(m);
}

static void refuses_bad_members(void **state)
{
    (void)state;
    static const struct {
        const char *members, *field, *words;
    } table[] = {
        {"\"timeout\":5", "timeout", "timeout is no member"},
        {"\"timeout_s\":0", "timeout_s", "whole number from 1"},
        {"\"timeout_s\":1.5", "timeout_s", "whole number"},
        {"\"grace_s\":-1", "grace_s", "whole number from 0"},
        {"\"title\":5", "title", "must be a text"},
        {"\"limits\":[]", "limits", "must be an object"},
        {"\"limits\":{\"memory\":1}", "memory", "limits.memory is no member"},
        {"\"limits\":{\"memory_mb\":\"1\"}", "limits.memory_mb", "whole number"},
        {"\"environment\":\"PATH\"", "environment", "must be a list"},
        {"\"environment\":[\"A B\"]", "environment", "environment.0 must be the name"},
        {"\"environment\":[\"OK\",\"ATHANOR_RUN_ID\"]", "environment", "environment.1: ATHANOR_"},
        {"\"columns\":{\"a\":{\"better\":\"best\"}}", "columns",
         "columns.a.better must be high or low"},
        {"\"columns\":{\"a\":1}", "columns", "columns.a must be an object"},
        {"\"describe\":[]", "describe", "describe must be a list of 1"},
        {"\"describe\":[\"a\",5]", "describe", "describe.1 must be a text"},
        {"\"seed\":\"s\"", "seed", "seed must name an integer"},
        {"\"configuration\":{}", "configuration", "configuration must be a list of fields"},
        {"\"configuration\":[{\"name\":\"api\",\"type\":\"group\",\"fields\":[{\"name\":\"key\"}]}"
         "]",
         "configuration.api.key.type", "configuration.api.key.type is missing"},
        {"\"configuration\":[{\"name\":\"n\",\"type\":\"integer\",\"min\":8,\"default\":7}]",
         "configuration.n.default", "configuration.n.default must be at least 8"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct err e = {0};
        assert_null(with(table[i].members, &e));
        if (strcmp(e.field, table[i].field) != 0 || !strstr(e.text, table[i].words))
            fail_msg("%s: field %s: %s", table[i].members, e.field, e.text);
    }
}

static void refuses_bad_names_and_commands(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } table[] = {
        {"[]", ""},
        {"{}", "name"},
        {"{\"name\":5}", "name"},
        {"{\"name\":\"y\",\"command\":[\"c\"]}", "name"},
        {"{\"name\":\"../x\",\"command\":[\"c\"]}", "name"},
        {"{\"name\":\"x\"}", "command"},
        {"{\"name\":\"x\",\"command\":\"c\"}", "command"},
        {"{\"name\":\"x\",\"command\":[]}", "command"},
        {"{\"name\":\"x\",\"command\":[\"\"]}", "command"},
        {"{\"name\":\"x\",\"command\":[\"a\",null]}", "command"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct err e = {0};
        assert_null(manifest_check(json_of(table[i].text), "x", &e));
        if (strcmp(e.field, table[i].field) != 0)
            fail_msg("%s: field %s: %s", table[i].text, e.field, e.text);
    }
}

static void lays_a_description_over(void **state)
{
    (void)state;
    struct strbuf out = STRBUF_INIT;
    json_t *root = json_of("{\"a\":1,\"b\":{\"c\":1,\"d\":2},\"f\":[{\"name\":\"x\",\"v\":1},{"
                           "\"name\":\"y\"}],\"l\":[1]}");
    json_t *over =
        json_of("{\"b\":{\"d\":3},\"f\":[{\"name\":\"z\"},{\"name\":\"x\",\"w\":2}],\"l\":[2,3]}");
    manifest_merge(root, over);
    json_put_value(&out, root);
    assert_string_equal(
        out.buf,
        "{\"a\":1,\"b\":{\"c\":1,\"d\":3},\"f\":[{\"name\":\"x\",\"v\":1,\"w\":2},{\"name\":\"y\"},"
        "{\"name\":\"z\"}],\"l\":[2,3]}");
    json_decref(root);
    json_decref(over);
    strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_there),
        cmocka_unit_test(refuses_bad_members),
        cmocka_unit_test(refuses_bad_names_and_commands),
        cmocka_unit_test(lays_a_description_over),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
