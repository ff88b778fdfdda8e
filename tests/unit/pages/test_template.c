/* The folder of templates: names, mistakes, reloading. */
#include "template.h"

#include "io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static int make_folder(void **state)
{
    char *folder = xstrdup("/tmp/athanor-template-XXXXXX");
    *state = folder;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    struct err e;
    int rc = io_remove_tree(*state, &e);
    free(*state);
    return rc;
}

static void put(const char *folder, const char *file, const char *text)
{
    struct err e;
    char *path = xasprintf("%s/%s", folder, file), *slash = strrchr(path, '/');
    *slash = '\0';
    assert_int_equal(io_mkdirs(path, 0700, &e), 0);
    *slash = '/';
    assert_int_equal(io_write_file(path, text, strlen(text), 0600, &e), 0);
    free(path);
}

static struct template_set *load(const char *folder)
{
    struct err e;
    struct template_set *set = template_set_load(folder, &e);
    assert_non_null(set);
    return set;
}

static void check(const struct template_set *set, const char *name, const char *view,
                  const char *expected)
{
    struct err e;
    struct strbuf out = STRBUF_INIT;
    json_t *data = json_loads(view, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(data);
    assert_int_equal(template_render(set, name, data, &out, &e), 0);
    assert_string_equal(out.buf, expected);
    json_decref(data);
    strbuf_release(&out);
}

static void check_broken(const char *folder, const char *file_and_rest)
{
    struct err e;
    assert_null(template_set_load(folder, &e));
    assert_int_equal(e.code, ERR_INVALID);
    char *expected = xasprintf("%s/%s", folder, file_and_rest);
    assert_string_equal(e.text, expected);
    free(expected);
}

static void a_name_is_the_path(void **state)
{
    const char *folder = *state;
    put(folder, "run.mustache",
        "{{<layout}}{{$b}}\n{{#rows}}\n{{> partials/run_row}}\n{{/rows}}\n{{/b}}{{/layout}}");
    put(folder, "layout.mustache", "[\n  {{$b}}{{/b}}\n]\n");
    put(folder, "partials/run_row.mustache", "{{.}};\n");
    put(folder, "partials/deep/er-2.mustache", "{{> partials/run_row}}");
    put(folder, "run.mustache.orig", "{{#broken");
    put(folder, ".hidden.mustache", "{{#broken");
    put(folder, ".git/x.mustache", "{{#broken");
    put(folder, "README", "{{#broken");
    struct template_set *set = load(folder);
    check(set, "run", "{\"rows\":[1,2]}", "[\n  1;\n  2;\n]\n");
    check(set, "partials/run_row", "3", "3;\n");
    check(set, "partials/deep/er-2", "4", "4;\n");
    static const char *const absent[] = {"run_row", "partials/run_ro", "partials/run_rows", ""};
    for (size_t i = 0; i < ARRAY_LEN(absent); i++) {
        struct err e;
        struct strbuf out = STRBUF_INIT;
        assert_int_equal(template_render(set, absent[i], NULL, &out, &e), -1);
        assert_int_equal(e.code, ERR_NOT_FOUND);
        strbuf_release(&out);
    }
    template_set_free(set);
}

static void an_unknown_template_is_not_found(void **state)
{
    put(*state, "a.mustache", "a");
    struct template_set *set = load(*state);
    struct err e;
    struct strbuf out = STRBUF_INIT;
    strbuf_adds(&out, "kept");
    assert_int_equal(template_render(set, "b", NULL, &out, &e), -1);
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_string_equal(e.text, "there is no template \"b\"");
    assert_string_equal(out.buf, "kept");
    strbuf_release(&out);
    template_set_free(set);
}

static void a_dynamic_name_reaches_templates_alone(void **state)
{
    put(*state, "main.mustache", "({{>*name}})");
    put(*state, "widgets/a.mustache", "A");
    struct template_set *set = load(*state);
    check(set, "main", "{\"name\":\"widgets/a\"}", "(A)");
    check(set, "main", "{\"name\":\"widgets/b\"}", "()");
    check(set, "main", "{\"name\":\"widgets/a\\u0000\"}", "()");
    check(set, "main", "{\"name\":\"../widgets/a\"}", "()");
    check(set, "main", "{\"name\":\"\"}", "()");
    check(set, "main", "{\"name\":[\"widgets/a\"]}", "()");
    check(set, "main", "{}", "()");
    template_set_free(set);
}

static void a_mistake_names_its_file_and_line(void **state)
{
    const char *folder = *state;
    put(folder, "good.mustache", "{{a}}");
    put(folder, "partials/bad.mustache", "\n{{#a}}\n{{/b}}");
    check_broken(
        folder,
        "partials/bad.mustache:3: another section is still open at the closing tag of \"b\"");
    put(folder, "partials/bad.mustache", "\n{{> gone}}");
    check_broken(folder, "partials/bad.mustache:2: there is no template \"gone\"");
    put(folder, "partials/bad.mustache", "");
    put(folder, "Bad Name.mustache", "");
    check_broken(folder, "Bad Name.mustache: a template's name is made of a-z, 0-9, _ and -");
}

static void a_missing_folder_is_an_error(void **state)
{
    struct err e;
    char *path = xasprintf("%s/none", (char *)*state);
    assert_null(template_set_load(path, &e));
    assert_non_null(strstr(e.text, path));
    free(path);
}

static void an_empty_folder_is_an_empty_set(void **state)
{
    struct template_set *set = load(*state);
    struct err e;
    struct strbuf out = STRBUF_INIT;
    assert_int_equal(template_render(set, "a", NULL, &out, &e), -1);
    assert_int_equal(e.code, ERR_NOT_FOUND);
    strbuf_release(&out);
    template_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_is_the_path, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(an_unknown_template_is_not_found, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_dynamic_name_reaches_templates_alone, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_mistake_names_its_file_and_line, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_missing_folder_is_an_error, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(an_empty_folder_is_an_empty_set, make_folder,
                                        remove_folder),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
