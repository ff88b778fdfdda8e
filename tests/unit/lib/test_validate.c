/* The rules of a configuration, by the cases that the browser's twin shares. */
#include "validate.h"

#include "io.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "json_value.h"

#define CASES "tests/shared/validate.json"

static json_t *load(const char *path)
{
    struct strbuf text = STRBUF_INIT;
    struct err e = {0};
    json_t *value = NULL;
    if (io_read_file(path, 1 << 20, &text, &e) == 0)
        value = json_parse(text.buf, text.len, path, &e);
    if (!value)
        fail_msg("%s", e.text);
    strbuf_release(&text);
    return value;
}

static void put_faults(struct strbuf *out, const struct faults *f)
{
    strbuf_addc(out, '[');
    for (size_t i = 0; i < f->count; i++) {
        strbuf_adds(out, i ? ",[" : "[");
        json_put_cstring(out, f->items[i].field);
        strbuf_addc(out, ',');
        json_put_cstring(out, f->items[i].message);
        strbuf_addc(out, ']');
    }
    strbuf_addc(out, ']');
}

static void check_equal(const char *set, size_t i, const struct strbuf *got, const json_t *expected)
{
    struct strbuf want = STRBUF_INIT;
    json_put_value(&want, expected);
    if (strcmp(got->buf, want.buf) != 0)
        fail_msg("%s, case %zu: %s instead of %s", set, i, got->buf, want.buf);
    strbuf_release(&want);
}

static void run_case(struct arena *a, const struct schema *s, const char *set, size_t i,
                     const json_t *one)
{
    struct faults *f = arena_alloc(a, sizeof(*f));
    struct strbuf got = STRBUF_INIT;
    faults_init(f, a);
    json_t *result = validate(s, json_object_get(one, "given"), "", f);
    put_faults(&got, f);
    check_equal(set, i, &got, json_object_get(one, "faults"));
    if (f->count == 0) {
        strbuf_reset(&got);
        json_put_value(&got, result);
        check_equal(set, i, &got, json_object_get(one, "result"));
    }
    json_decref(result);
    strbuf_release(&got);
}

static void follows_the_shared_cases(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    json_t *all = load(CASES), *set, *one;
    size_t i, j, ran = 0;
    json_array_foreach(json_object_get(all, "sets"), i, set)
    {
        struct schema s;
        struct err e = {0};
        const char *name = json_get_str(set, "name", "?");
        if (schema_read(&s, a, json_object_get(set, "fields"), &e) != 0)
            fail_msg("%s: %s", name, e.text);
        json_array_foreach(json_object_get(set, "cases"), j, one)
        {
            run_case(a, &s, name, j, one);
            ran++;
        }
    }
    assert_true(ran > 50);
    json_decref(all);
    arena_free(a);
}

static void keeps_64_bit_integers(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct schema s;
    json_t *fields = json_of("[{'name':'n','type':'integer','min':-9223372036854775808,"
                             "'step':9223372036854775807}]");
    json_t *given = json_of("{'n':9223372036854775806}");
    struct faults *f = arena_alloc(a, sizeof(*f));
    struct strbuf got = STRBUF_INIT;
    faults_init(f, a);
    assert_int_equal(schema_read(&s, a, fields, NULL), 0);
    json_t *result = validate(&s, given, "configuration", f);
    assert_int_equal(f->count, 0);
    json_put_value(&got, result);
    assert_string_equal(got.buf, "{\"n\":9223372036854775806}");
    strbuf_release(&got);
    json_decref(result);
    json_decref(given);
    json_decref(fields);
    arena_free(a);
}

static void bounds_what_it_reports(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct schema s = {0};
    struct faults *f = arena_alloc(a, sizeof(*f));
    json_t *given = json_object();
    for (int i = 0; i < 2000; i++) {
        char key[32];
        snprintf(key, sizeof(key), "k%d", i);
        json_object_set_new(given, key, json_true());
    }
    faults_init(f, a);
    json_decref(validate(&s, given, "configuration", f));
    assert_int_equal(f->count, FAULTS_MAX);
    assert_string_equal(faults_find(f, "configuration.k0"), "there is no such field");
    assert_null(faults_find(f, "configuration.k1999"));
    json_decref(given);
    arena_free(a);
}

/* Lists that by default hold two items, each with such a list, `depth` deep: 2^depth values. */
static json_t *doubling(int depth)
{
    json_t *fields = json_of("[{'name':'x','type':'float'}]");
    for (int i = 0; i < depth; i++)
        fields = json_pack("[{s:s, s:s, s:[{},{}], s:o}]", "name", "l", "type", "list", "default",
                           "fields", fields);
    return fields;
}

static void bounds_what_defaults_make(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct schema s;
    struct faults *f = arena_alloc(a, sizeof(*f));
    json_t *few = doubling(14), *many = doubling(32), *given = json_object();
    faults_init(f, a);
    assert_int_equal(schema_read(&s, a, few, NULL), 0);
    json_decref(validate(&s, given, "", f));
    validate_defaults(&s, "", f);
    assert_int_equal(f->count, 0);
    assert_int_equal(schema_read(&s, a, many, NULL), 0);
    json_decref(validate(&s, given, "", f));
    assert_int_equal(f->count, 1);
    assert_string_equal(f->items[0].message, "is one value too many: 100000 are allowed");
    validate_defaults(&s, "", f);
    assert_int_equal(f->count, 2);
    json_decref(given);
    json_decref(many);
    json_decref(few);
    arena_free(a);
}

/* The faults of a schema's defaults, as JSON. */
static void judge_defaults(const char *fields_text, const char *expected)
{
    struct arena *a = arena_new();
    struct schema s;
    struct err e = {0};
    struct faults *f = arena_alloc(a, sizeof(*f));
    struct strbuf got = STRBUF_INIT;
    json_t *fields = json_of(fields_text), *want = json_of(expected);
    faults_init(f, a);
    if (schema_read(&s, a, fields, &e) != 0)
        fail_msg("%s", e.text);
    validate_defaults(&s, "configuration", f);
    put_faults(&got, f);
    check_equal(fields_text, 0, &got, want);
    strbuf_release(&got);
    json_decref(want);
    json_decref(fields);
    arena_free(a);
}

static void judges_defaults(void **state)
{
    (void)state;
    judge_defaults("[{'name':'a','type':'integer','default':64.0,'min':8},"
                   "{'name':'b','type':'float','required':true},"
                   "{'name':'c','type':'string','required':true,'default':'','min':3},"
                   "{'name':'d','type':'list','min':2,'default':[],"
                   "'fields':[{'name':'x','type':'float','required':true}]},"
                   "{'name':'e','type':'enum','options':['x',{'value':'gpu','available':false}],"
                   "'default':'gpu'}]",
                   "[]");
    judge_defaults("[{'name':'a','type':'integer','default':7,'min':8},"
                   "{'name':'b','type':'boolean','default':'yes'},"
                   "{'name':'g','type':'group','fields':[{'name':'e','type':'enum','options':['x'],"
                   "'default':''}]},"
                   "{'name':'l','type':'list','default':[{'s':'a'},{},{'s':'a','t':1}],'fields':["
                   "{'name':'s','type':'string','required':true},"
                   "{'name':'n','type':'integer','default':0.5}]}]",
                   "[['configuration.a.default','must be at least 8'],"
                   "['configuration.b.default','must be true or false'],"
                   "['configuration.g.e.default','must be one of: x'],"
                   "['configuration.l.default.0.n','must be a whole number'],"
                   "['configuration.l.default.1.s','is required'],"
                   "['configuration.l.default.1.n','must be a whole number'],"
                   "['configuration.l.default.2.n','must be a whole number'],"
                   "['configuration.l.default.2.t','there is no such field'],"
                   "['configuration.l.n.default','must be a whole number']]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_shared_cases), cmocka_unit_test(keeps_64_bit_integers),
        cmocka_unit_test(bounds_what_it_reports),   cmocka_unit_test(bounds_what_defaults_make),
        cmocka_unit_test(judges_defaults),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
