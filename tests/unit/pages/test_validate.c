/* The rules of a configuration, by the cases that the browser's twin shares. */
#include "validate.h"

#include "io.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

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

static json_t *value_of(const char *text)
{
    struct err e = {0};
    json_t *v = json_parse(text, strlen(text), "test", &e);
    if (!v)
        fail_msg("%s", e.text);
    return v;
}

static void keeps_64_bit_integers(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct schema s;
    json_t *fields = value_of("[{\"name\":\"n\",\"type\":\"integer\",\"min\":-9223372036854775808,"
                              "\"step\":9223372036854775807}]");
    json_t *given = value_of("{\"n\":9223372036854775806}");
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
    for (int i = 0; i < 1000; i++) {
        char key[32];
        snprintf(key, sizeof(key), "k%d", i);
        json_object_set_new(given, key, json_true());
    }
    faults_init(f, a);
    json_decref(validate(&s, given, "configuration", f));
    assert_int_equal(f->count, FAULTS_MAX);
    assert_string_equal(faults_find(f, "configuration.k0"), "there is no such field");
    assert_null(faults_find(f, "configuration.k999"));
    json_decref(given);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_shared_cases),
        cmocka_unit_test(keeps_64_bit_integers),
        cmocka_unit_test(bounds_what_it_reports),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
