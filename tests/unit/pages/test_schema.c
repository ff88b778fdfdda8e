/* Reading the configuration of a manifest: what is taken, what is refused. */
#include "schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "json_value.h"

static int read(struct arena *a, const char *text, struct schema *s, json_t **fields, struct err *e)
{
    *fields = json_of(text);
    return schema_read(s, a, *fields, e);
}

static void reads_every_type(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct schema s;
    json_t *fields;
    struct err e = {0};
    assert_int_equal(
        read(
            a,
            "[{'name':'n','type':'integer','min':1,'max':9.5,'step':2,'default':null},"
            "{'name':'learning_rate','type':'float','required':true},"
            "{'name':'t','type':'string','format':'textarea','label':'Notes','description':'d'},"
            "{'name':'b','type':'boolean'},"
            "{'name':'e','type':'enum','options':['x',2,{'value':'y','label':'Y','available':false,"
            "'reason':'r'}]},"
            "{'name':'g','type':'group','fields':[{'name':'l','type':'list','fields':[]}]}]",
            &s, &fields, &e),
        0);
    assert_int_equal(s.count, 6);
    assert_int_equal(s.fields[0].type, SCHEMA_INTEGER);
    assert_null(s.fields[0].otherwise);
    assert_int_equal(json_integer_value(s.fields[0].step), 2);
    assert_string_equal(s.fields[1].label, "Learning rate");
    assert_true(s.fields[1].required);
    assert_int_equal(s.fields[2].format, SCHEMA_TEXTAREA);
    assert_string_equal(s.fields[2].label, "Notes");
    assert_int_equal(s.fields[4].option_count, 3);
    assert_string_equal(s.fields[4].options[1].label, "2");
    assert_true(s.fields[4].options[0].available);
    assert_false(s.fields[4].options[2].available);
    assert_string_equal(s.fields[4].options[2].reason, "r");
    assert_int_equal(s.fields[5].fields.fields[0].type, SCHEMA_LIST);
    json_decref(fields);
    arena_free(a);
}

static void refuses_and_names_the_field(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"{}", "must hold its fields as a list"},
        {"[7]", "name is missing"},
        {"[{'type':'integer'}]", "name is missing"},
        {"[{'name':'a.b','type':'integer'}]", "name is missing"},
        {"[{'name':'__proto__','type':'integer'}]", "name is missing"},
        {"[{'name':'1a','type':'integer'}]", "name is missing"},
        {"[{'name':'','type':'integer'}]", "name is missing"},
        {"[{'name':'a'}]", "field a of the manifest's configuration has an unknown type"},
        {"[{'name':'a','type':'int'}]", "has an unknown type"},
        {"[{'name':'a','type':'string','format':'html'}]", "has an unknown format"},
        {"[{'name':'a','type':'integer','min':'1'}]", "is no number"},
        {"[{'name':'a','type':'integer','step':0}]", "not above 0"},
        {"[{'name':'a','type':'enum'}]", "needs options"},
        {"[{'name':'a','type':'enum','options':[]}]", "needs options"},
        {"[{'name':'a','type':'enum','options':[[]]}]", "neither text nor a number"},
        {"[{'name':'a','type':'boolean'},{'name':'a','type':'boolean'}]", "a of the manifest's "
                                                                          "configuration stands "
                                                                          "there twice"},
        {"[{'name':'g','type':'group','fields':[{'name':'x','type':'?'}]}]",
         "field g.x of the manifest's configuration has an unknown type"},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct schema s;
        struct err e = {0};
        json_t *fields;
        assert_int_equal(read(a, bad[i][0], &s, &fields, &e), -1);
        if (!strstr(e.text, bad[i][1]) || e.code != ERR_INVALID)
            fail_msg("%s: %s", bad[i][0], e.text);
        json_decref(fields);
    }
    arena_free(a);
}

static void takes_nothing_for_no_fields(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct schema s = {.count = 9};
    assert_int_equal(schema_read(&s, a, NULL, NULL), 0);
    assert_int_equal(s.count, 0);
    arena_free(a);
}

/* A schema whose groups are nested `depth` deep. */
static json_t *nested(int depth)
{
    json_t *fields = json_array();
    for (int i = 0; i < depth; i++)
        fields = json_pack("[{s:s, s:s, s:o}]", "name", "g", "type", "group", "fields", fields);
    return fields;
}

static void bounds_depth_and_number(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct schema s;
    struct err e = {0};
    json_t *fields = nested(SCHEMA_DEPTH - 1);
    assert_int_equal(schema_read(&s, a, fields, &e), 0);
    json_decref(fields);
    fields = nested(SCHEMA_DEPTH);
    assert_int_equal(schema_read(&s, a, fields, &e), -1);
    assert_non_null(strstr(e.text, "too deeply"));
    json_decref(fields);
    fields = json_array();
    for (int i = 0; i <= SCHEMA_FIELDS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "f%d", i);
        json_array_append_new(fields, json_pack("{s:s, s:s}", "name", name, "type", "float"));
    }
    assert_int_equal(schema_read(&s, a, fields, &e), -1);
    assert_non_null(strstr(e.text, "too many"));
    json_decref(fields);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_type),
        cmocka_unit_test(refuses_and_names_the_field),
        cmocka_unit_test(takes_nothing_for_no_fields),
        cmocka_unit_test(bounds_depth_and_number),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
