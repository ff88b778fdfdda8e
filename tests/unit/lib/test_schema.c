/* Reading the configuration of a manifest: what is taken, what is refused, in which words. */
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
            "[{'name':'n','type':'integer','min':1,'max':9.0,'step':2,'default':null},"
            "{'name':'learning_rate','type':'float','required':true},"
            "{'name':'t','type':'string','format':'textarea','label':'Notes','description':'d'},"
            "{'name':'b','type':'boolean'},"
            "{'name':'e','type':'enum','options':['x',2,{'value':'y','label':'Y','available':false,"
            "'reason':'r'}]},"
            "{'name':'g','type':'group','fields':[{'name':'l','type':'list','fields':[{'name':'x','"
            "type':'float','max':0.5}]}]}]",
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

/* Compares two numbers, and the other way round. */
static void check_order(const char *a, const char *b, int expected)
{
    json_t *x = json_of(a), *y = json_of(b);
    assert_int_equal(schema_compare(x, y), expected);
    assert_int_equal(schema_compare(y, x), -expected);
    json_decref(x);
    json_decref(y);
}

static void compares_without_loss(void **state)
{
    (void)state;
    check_order("1", "2", -1);
    check_order("2", "2.0", 0);
    check_order("2", "2.5", -1);
    check_order("-2", "-2.5", 1);
    check_order("9007199254740993", "9007199254740992.0", 1);
    check_order("9007199254740993", "9007199254740994.0", -1);
    check_order("9223372036854775807", "9223372036854775808.0", -1);
    check_order("-9223372036854775808", "-9223372036854775808.0", 0);
    check_order("-9223372036854775808", "-1e300", 1);
    check_order("0.1", "1e300", -1);
}

static void fits_steps_to_the_last_digit(void **state)
{
    (void)state;
    static const struct {
        const char *value, *base, *step;
        bool fits;
    } cases[] = {
        {"1e17", NULL, "3", false},
        {"9e16", NULL, "3", true},
        {"9007199254740993", NULL, "2.0", false},
        {"9007199254740994", "2.0", "2.0", true},
        {"100000000.05", NULL, "0.1", false},
        {"123456789.1", NULL, "0.1", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *value = json_of(cases[i].value), *step = json_of(cases[i].step);
        json_t *base = cases[i].base ? json_of(cases[i].base) : NULL;
        assert_int_equal(schema_fits_step(value, base, step), cases[i].fits);
        json_decref(value);
        json_decref(base);
        json_decref(step);
    }
}

static void check_refused(const char *text, const char *path, const char *why)
{
    struct arena *a = arena_new();
    struct schema s;
    struct err e = {0};
    json_t *fields;
    assert_int_equal(read(a, text, &s, &fields, &e), -1);
    if (strcmp(e.field, path) != 0 || strncmp(e.text, path, strlen(path)) != 0 ||
        !strstr(e.text, why) || e.code != ERR_INVALID)
        fail_msg("%s: %s: %s", text, e.field, e.text);
    json_decref(fields);
    arena_free(a);
}

static void refuses_and_names_the_member(void **state)
{
    (void)state;
    /* The members of a field x, the path below "configuration.", what is said of it. */
    static const char *const bad[][3] = {
        {"", "x.type", "is missing"},
        {"'type':'int'", "x.type",
         "must be integer, float, string, boolean, enum, list, group or data_source"},
        {"'type':null", "x.type", "must be integer"},
        {"'type':'float','lable':'X'", "x.lable", "is no member that a field can have"},
        {"'type':'float','label':7", "x.label", "must be a text"},
        {"'type':'float','description':[]", "x.description", "must be a text"},
        {"'type':'float','required':'yes'", "x.required", "must be true or false"},
        {"'type':'boolean','min':1", "x.min", "does not go with the type boolean"},
        {"'type':'string','step':1", "x.step", "does not go with the type string"},
        {"'type':'string','options':['a']", "x.options", "does not go with the type string"},
        {"'type':'float','format':'text'", "x.format", "does not go with the type float"},
        {"'type':'float','fields':[]", "x.fields", "does not go with the type float"},
        {"'type':'group','default':{}", "x.default", "does not go with the type group"},
        {"'type':'string','format':'html'", "x.format", "must be text, textarea, url or email"},
        {"'type':'string','format':null", "x.format", "must be text"},
        {"'type':'integer','min':'1'", "x.min", "must be a whole number"},
        {"'type':'integer','min':null", "x.min", "must be a whole number"},
        {"'type':'integer','max':9.5", "x.max", "must be a whole number"},
        {"'type':'float','max':true", "x.max", "must be a number"},
        {"'type':'string','max':2.5", "x.max", "must be a whole number"},
        {"'type':'string','min':-1", "x.min", "must not be negative"},
        {"'type':'integer','step':0", "x.step", "must be greater than 0"},
        {"'type':'integer','step':0.5", "x.step", "must be a whole number"},
        {"'type':'float','step':-0.1", "x.step", "must be greater than 0"},
        {"'type':'integer','min':9007199254740993,'max':9007199254740992", "x.min",
         "is greater than max"},
        {"'type':'enum'", "x.options", "must be a list of 1 to 1000 options"},
        {"'type':'enum','options':[]", "x.options", "must be a list of 1 to 1000 options"},
        {"'type':'enum','options':['a',[]]", "x.options.1", "must be a text of 1 to 1000 bytes, a"},
        {"'type':'enum','options':['']", "x.options.0", "must be a text of 1 to 1000 bytes"},
        {"'type':'enum','options':[{'label':'a'}]", "x.options.0", "must be a text"},
        {"'type':'enum','options':['a','b','a']", "x.options.2", "is there twice"},
        {"'type':'enum','options':[1,'1']", "x.options.1", "is there twice"},
        {"'type':'enum','options':[1,1.0]", "x.options.1", "is there twice"},
        {"'type':'enum','options':[{'value':'a','lable':'A'}]", "x.options.0",
         "has a member other"},
        {"'type':'enum','options':[{'value':'a','reason':1}]", "x.options.0", "that is no text"},
        {"'type':'enum','options':[{'value':'a','available':0}]", "x.options.0",
         "neither true nor false"},
        {"'type':'group'", "x.fields", "must be a list of one field or more"},
        {"'type':'list','fields':[]", "x.fields", "must be a list of one field or more"},
        {"'type':'list','fields':{}", "x.fields", "must be a list of one field or more"},
        {"'type':'group','fields':[{'name':'y','type':'?'}]", "x.y.type", "must be integer"},
        {"'type':'group','fields':[{'name':'y','type':'enum','options':[{}]}]", "x.y.options.0",
         "must be a text"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char *text = xasprintf("[{'name':'x'%s%s}]", *bad[i][0] ? "," : "", bad[i][0]);
        char *path = xasprintf("configuration.%s", bad[i][1]);
        check_refused(text, path, bad[i][2]);
        free(path);
        free(text);
    }
}

static void refuses_what_is_no_field_or_has_no_name(void **state)
{
    (void)state;
    static const char *const bad[][3] = {
        {"{}", "configuration", "must be a list of fields"},
        {"null", "configuration", "must be a list of fields"},
        {"[7]", "configuration.0", "must be an object"},
        {"[{'type':'float'}]", "configuration.0.name", "is missing or no text"},
        {"[{'name':'a','type':'float'},{'name':1}]", "configuration.1.name", "is missing"},
        {"[{'name':'a.b'}]", "configuration.0.name", "must be 1 to 100 letters"},
        {"[{'name':'__proto__'}]", "configuration.0.name", "must be 1 to 100 letters"},
        {"[{'name':'1a'}]", "configuration.0.name", "begin with a letter or one _"},
        {"[{'name':'-a'}]", "configuration.0.name", "must be 1 to 100 letters"},
        {"[{'name':''}]", "configuration.0.name", "must be 1 to 100 letters"},
        {"[{'name':'a','type':'float'},{'name':'a'}]", "configuration.a.name", "is there twice"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        check_refused(bad[i][0], bad[i][1], bad[i][2]);
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

static json_t *leaf(const char *name)
{
    return json_pack("{s:s, s:s}", "name", name, "type", "float");
}

/* A schema whose groups are nested `depth` deep. */
static json_t *nested(int depth)
{
    json_t *fields = json_pack("[o]", leaf("x"));
    for (int i = 0; i < depth; i++)
        fields = json_pack("[{s:s, s:s, s:o}]", "name", "g", "type", i % 2 ? "group" : "list",
                           "fields", fields);
    return fields;
}

static void read_nested(int depth, int expected, struct err *e)
{
    struct arena *a = arena_new();
    struct schema s;
    json_t *fields = nested(depth);
    assert_int_equal(schema_read(&s, a, fields, e), expected);
    json_decref(fields);
    arena_free(a);
}

/* Also as the text of a manifest: that JSON may nest so deep. */
static void bounds_depth(void **state)
{
    (void)state;
    struct err e = {0};
    read_nested(32, 0, &e);
    read_nested(33, -1, &e);
    assert_non_null(strstr(e.text, "is nested too deeply: 32 levels are allowed"));
    struct strbuf text = STRBUF_INIT;
    json_t *manifest = json_pack("{s:o}", "configuration", nested(33)), *again;
    json_put_value(&text, manifest);
    again = json_parse(text.buf, text.len, "the manifest", &e);
    assert_true(json_equal(manifest, again));
    json_decref(again);
    json_decref(manifest);
    strbuf_release(&text);
}

static int read_many(int count, struct err *e)
{
    struct arena *a = arena_new();
    struct schema s;
    json_t *inner = json_array(), *fields = json_array();
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof(name), "f%d", i);
        json_array_append_new(i % 2 ? inner : fields, leaf(name));
    }
    json_array_append_new(
        fields, json_pack("{s:s, s:s, s:o}", "name", "g", "type", "group", "fields", inner));
    int rc = schema_read(&s, a, fields, e);
    json_decref(fields);
    arena_free(a);
    return rc;
}

static void bounds_the_number_of_fields(void **state)
{
    (void)state;
    struct err e = {0};
    assert_int_equal(read_many(SCHEMA_FIELDS - 1, &e), 0);
    assert_int_equal(read_many(SCHEMA_FIELDS, &e), -1);
    assert_string_equal(e.text, "configuration.g.f999 is one field too many: 1000 are allowed");
}

static int read_options(int count)
{
    struct arena *a = arena_new();
    struct schema s;
    json_t *options = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(options, json_integer(i));
    json_t *fields =
        json_pack("[{s:s, s:s, s:o}]", "name", "e", "type", "enum", "options", options);
    int rc = schema_read(&s, a, fields, NULL);
    json_decref(fields);
    arena_free(a);
    return rc;
}

static void bounds_options_and_words(void **state)
{
    (void)state;
    char words[SCHEMA_WORDS + 2];
    assert_int_equal(read_options(SCHEMA_OPTIONS), 0);
    assert_int_equal(read_options(SCHEMA_OPTIONS + 1), -1);
    memset(words, 'w', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    char *text = xasprintf("[{'name':'x','type':'float','label':'%s'}]", words);
    check_refused(text, "configuration.x.label", "is longer than 10000 bytes");
    free(text);
    words[SCHEMA_NAME + 1] = '\0';
    text = xasprintf("[{'name':'%s','type':'float'}]", words);
    check_refused(text, "configuration.0.name", "must be 1 to 100 letters");
    free(text);
}

static void knows_whole_numbers(void **state)
{
    (void)state;
    json_t *all = json_of("[64,64.0,-1e18,9223372036854775807,64.5,1e19,1e-9,'64',null,true]");
    for (size_t i = 0; i < json_array_size(all); i++)
        assert_int_equal(schema_is_whole(json_array_get(all, i)), i < 4);
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_without_loss),
        cmocka_unit_test(fits_steps_to_the_last_digit),
        cmocka_unit_test(reads_every_type),
        cmocka_unit_test(refuses_and_names_the_member),
        cmocka_unit_test(refuses_what_is_no_field_or_has_no_name),
        cmocka_unit_test(takes_nothing_for_no_fields),
        cmocka_unit_test(bounds_depth),
        cmocka_unit_test(bounds_the_number_of_fields),
        cmocka_unit_test(bounds_options_and_words),
        cmocka_unit_test(knows_whole_numbers),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
