/* A posted form into a configuration, and the view of a form. */
#include "fields.h"
#include "form.h"
#include "form_view.h"
#include "instances.h"
#include "io.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../lib/json_value.h"

static const char schema_text[] =
    "[{'name':'n','type':'integer','default':64,'min':8},"
    "{'name':'x','type':'float'},"
    "{'name':'s','type':'string','format':'textarea'},"
    "{'name':'b','type':'boolean'},"
    "{'name':'e','type':'enum','options':['a',{'value':2,'label':'Two'},true,"
    "{'value':'z','available':false,'reason':'broken'}]},"
    "{'name':'g','type':'group','label':'Group','fields':[{'name':'u','type':'string','format':'"
    "url'}]},"
    "{'name':'l','type':'list','fields':[{'name':'left','type':'string'},"
    "{'name':'in','type':'list','fields':[{'name':'v','type':'integer'}]}]}]";

struct world {
    struct arena *arena;
    json_t *fields;
    struct schema schema;
    struct fields post;
    struct form_input input;
};

static int setup(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    w->arena = arena_new();
    w->fields = json_of(schema_text);
    *state = w;
    return schema_read(&w->schema, w->arena, w->fields, NULL);
}

static int teardown(void **state)
{
    struct world *w = *state;
    json_decref(w->fields);
    json_decref(w->input.typed);
    json_decref(w->input.values);
    arena_free(w->arena);
    free(w);
    return 0;
}

static void post(struct world *w, const char *text)
{
    static const struct fields_limits limits = {10000, 2048, 1 << 20};
    json_decref(w->input.typed);
    json_decref(w->input.values);
    assert_int_equal(fields_parse(&w->post, w->arena, text, strlen(text), &limits, NULL), 0);
    fields_sort(&w->post);
    form_read(&w->schema, &w->post, "c", &w->input);
}

static void reads_each_type(void **state)
{
    struct world *w = *state;
    post(w, "c.n=64&c.x=0.1&c.s=a%0D%0Ab%0Dc&c.b=&c.b=true&c.e=2&c.g.u=http%3A%2F%2Fx&other=1");
    assert_json(w->input.values,
                "{'n':64,'x':0.1,'s':'a\\nb\\rc','b':true,'e':2,'g':{'u':'http://x'},'l':[]}");
    assert_null(form_unknown(&w->post, "c"));
}

static void leaves_what_it_cannot_read(void **state)
{
    struct world *w = *state;
    post(w, "c.n=6x4&c.x=1,5&c.e=nope&c.b=false");
    assert_json(w->input.values, "{'n':'6x4','x':'1,5','b':false,'e':'nope','g':{},'l':[]}");
}

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

static const char *text_at(const json_t *list, size_t i)
{
    return json_string_value(json_array_get(list, i));
}

/* Reads one text as the only field of that type. */
static void check_typed(struct world *w, const char *type, const char *text, const char *expected)
{
    struct schema s;
    struct strbuf got = STRBUF_INIT;
    struct field field = {.name = "c.x", .value = text, .name_len = 3, .value_len = strlen(text)};
    struct fields fields = {.items = &field, .count = 1};
    json_t *schema = json_pack("[{s:s, s:s}]", "name", "x", "type", type);
    json_decref(w->input.typed);
    json_decref(w->input.values);
    assert_int_equal(schema_read(&s, w->arena, schema, NULL), 0);
    form_read(&s, &fields, "c", &w->input);
    const json_t *value = json_object_get(w->input.values, "x");
    if (json_is_number(value))
        strbuf_adds(&got, schema_scalar_text(w->arena, value));
    else
        json_put_value(&got, value);
    if (strcmp(got.buf, expected) != 0)
        fail_msg("%s %s gave %s", type, text, got.buf);
    strbuf_release(&got);
    json_decref(schema);
}

static void reads_numbers_as_the_browser_does(void **state)
{
    struct world *w = *state;
    json_t *all = load("tests/shared/typed.json"), *one;
    size_t i;
    assert_true(json_array_size(json_object_get(all, "cases")) > 40);
    json_array_foreach(json_object_get(all, "cases"), i, one)
        check_typed(w, text_at(one, 0), text_at(one, 1), text_at(one, 2));
    json_decref(all);
}

static void judges_texts_as_the_browser_does(void **state)
{
    struct world *w = *state;
    json_t *all = load("tests/shared/instance.json"), *one;
    struct faults *f = arena_alloc(w->arena, sizeof(*f));
    size_t i;
    json_array_foreach(json_object_get(all, "cases"), i, one)
    {
        const char *field = text_at(one, 0), *text = text_at(one, 1), *found;
        struct instance_draft d = {.name = "n", .description = "", .project = ""};
        *(strcmp(field, "name") == 0          ? &d.name
          : strcmp(field, "description") == 0 ? &d.description
                                              : &d.project) = text;
        faults_init(f, w->arena);
        instances_check_texts(&d, f);
        found = faults_find(f, field);
        assert_string_equal(found ? found : "", text_at(one, 2));
    }
    assert_true(i > 20);
    json_decref(all);
}

static void bounds_what_few_names_make(void **state)
{
    struct world *w = *state;
    struct strbuf text = STRBUF_INIT;
    for (int i = 0; i < 9000; i++)
        strbuf_addf(&text, "c.l.%d.in.0.v=1&", i);
    post(w, text.buf);
    assert_false(w->input.too_many);
    json_t *many = json_of("[{'name':'l','type':'list','fields':[{'name':'x','type':'string'}]}]");
    json_t *fields = json_object_get(json_array_get(many, 0), "fields");
    for (int i = 0; i < 100; i++)
        json_array_append_new(
            fields, json_pack("{s:o, s:s}", "name", json_sprintf("b%d", i), "type", "boolean"));
    json_decref(w->fields);
    w->fields = many;
    assert_int_equal(schema_read(&w->schema, w->arena, many, NULL), 0);
    strbuf_reset(&text);
    for (int i = 0; i < 9000; i++)
        strbuf_addf(&text, "c.l.%d.x=1&", i);
    post(w, text.buf);
    assert_true(w->input.too_many);
    assert_true(json_array_size(json_object_get(w->input.values, "l")) < 1000);
    strbuf_release(&text);
}

static void finds_names_that_stand_twice(void **state)
{
    struct world *w = *state;
    post(w, "c.n=1&c.s=2&c.s.t=3");
    assert_null(fields_twice(&w->post));
    post(w, "c.n=1&c.s=2&c.a=0&c.s=2");
    assert_string_equal(fields_twice(&w->post), "c.s");
}

static void reads_options_of_any_type(void **state)
{
    struct world *w = *state;
    post(w, "c.e=true");
    assert_true(json_is_true(json_object_get(w->input.values, "e")));
    post(w, "c.e=2.0");
    assert_json(json_object_get(w->input.values, "e"), "2");
    post(w, "c.e=");
    assert_true(json_is_null(json_object_get(w->input.values, "e")));
}

static void closes_the_gaps_of_lists(void **state)
{
    struct world *w = *state;
    post(w, "c.l.10.left=b&c.l.2.left=a&c.l.10.in.7.v=1&c.l.10.in.3.v=x&c.l.99999999999999999999."
            "left=no"
            "&c.l.x.left=no&c.l.-1.left=no");
    assert_json(json_object_get(w->input.values, "l"),
                "[{'left':'a','in':[]},{'left':'b','in':[{'v':'x'},{'v':1}]}]");
    assert_json(json_object_get(w->input.typed, "l"),
                "[{'left':'a','in':[]},{'left':'b','in':[{'v':'x'},{'v':'1'}]}]");
    assert_non_null(form_unknown(&w->post, "c"));
}

static void tells_unknown_fields(void **state)
{
    struct world *w = *state;
    post(w, "c.n=1&c.gone=2&cc=3");
    assert_string_equal(form_unknown(&w->post, "c"), "c.gone");
}

/* The field of that path anywhere in a view; borrowed. */
static const json_t *find(const json_t *view, const char *path)
{
    const json_t *member;
    const char *key;
    size_t i;
    if (json_is_object(view)) {
        if (strcmp(json_get_str(view, "path", ""), path) == 0)
            return view;
        json_object_foreach((json_t *)view, key, member)
        {
            const json_t *found = find(member, path);
            if (found)
                return found;
        }
    }
    json_array_foreach((json_t *)view, i, member)
    {
        const json_t *found = find(member, path);
        if (found)
            return found;
    }
    return NULL;
}

static void shows_what_was_typed(void **state)
{
    struct world *w = *state;
    struct faults *f = arena_alloc(w->arena, sizeof(*f));
    faults_init(f, w->arena);
    faults_add(f, "configuration.l.0.in.0.v", "must be a whole number");
    faults_add(f, "name", "is required");
    post(w, "c.n=07&c.x=1,5&c.b=on&c.e=gone&c.l.4.in.9.v=%22%3Cb%3E&c.g.u=u");
    struct form_view v = {.action = "/a",
                          .schema = &w->schema,
                          .values = w->input.typed,
                          .faults = f,
                          .name = "",
                          .description = "d",
                          .project = "p",
                          .submit = "Create"};
    json_t *view = form_view_make(w->arena, &v);
    assert_string_equal(json_get_str(view, "action", ""), "/a");
    assert_string_equal(json_get_str(find(view, "name"), "error", ""), "is required");
    assert_string_equal(json_get_str(find(view, "description"), "value", ""), "d");
    const json_t *n = find(view, "configuration.n");
    assert_string_equal(json_get_str(n, "value", ""), "07");
    assert_string_equal(json_get_str(n, "id", ""), "f-configuration.n");
    assert_string_equal(json_get_str(n, "min", ""), "8");
    assert_true(json_get_bool(n, "is_whole", false));
    assert_string_equal(json_get_str(n, "input_type", ""), "number");
    assert_true(json_get_bool(n, "is_number", false));
    assert_string_equal(json_get_str(find(view, "configuration.x"), "input_type", ""), "text");
    assert_true(json_get_bool(find(view, "configuration.b"), "checked", false));
    const json_t *item = find(view, "configuration.l.0.in.0.v");
    assert_string_equal(json_get_str(item, "value", ""), "\"<b>");
    assert_string_equal(json_get_str(item, "error", ""), "must be a whole number");
    const json_t *options = json_object_get(find(view, "configuration.e"), "options");
    assert_json(
        json_array_get(options, 0),
        "{'value':'gone','label':'gone','selected':true,'disabled':false,'unavailable':false,"
        "'unknown':true,'reason':'not an option'}");
    assert_json(json_array_get(options, 5),
                "{'value':'z','label':'z','selected':false,'disabled':true,'unavailable':true,"
                "'unknown':false,'reason':'broken'}");
    json_decref(view);
}

static void deals_the_cards(void **state)
{
    struct world *w = *state;
    struct form_view v = {
        .action = "/a", .schema = &w->schema, .name = "N", .description = "", .project = ""};
    json_t *view = form_view_make(w->arena, &v);
    const json_t *cards = json_object_get(view, "cards");
    assert_int_equal(json_array_size(cards), 3);
    assert_string_equal(json_get_str(json_array_get(cards, 0), "title", ""), "Instance");
    assert_string_equal(json_get_str(json_array_get(cards, 1), "title", ""), "Configuration");
    assert_int_equal(json_array_size(json_object_get(json_array_get(cards, 1), "fields")), 6);
    assert_string_equal(json_get_str(json_array_get(cards, 2), "label", ""), "Group");
    assert_non_null(find(json_array_get(cards, 2), "configuration.g.u"));
    json_decref(view);
}

/* One item for each list, named by # in place of its numbers. */
static void gives_prototypes_of_items(void **state)
{
    struct world *w = *state;
    struct form_view v = {
        .action = "/a", .schema = &w->schema, .name = "", .description = "", .project = ""};
    json_t *view = form_view_make(w->arena, &v);
    const json_t *prototypes = json_object_get(view, "prototypes");
    assert_int_equal(json_array_size(prototypes), 2);
    assert_string_equal(json_get_str(json_array_get(prototypes, 0), "key", ""), "configuration.l");
    assert_non_null(find(json_array_get(prototypes, 0), "configuration.l.#.left"));
    assert_string_equal(json_get_str(json_array_get(prototypes, 1), "key", ""),
                        "configuration.l.#.in");
    assert_non_null(find(json_array_get(prototypes, 1), "configuration.l.#.in.#.v"));
    json_decref(view);
}

static void refuses_to_draw_too_much(void **state)
{
    struct world *w = *state;
    json_t *values = json_object(), *list = json_array();
    for (int i = 0; i < FORM_VIEW_FIELDS; i++)
        json_array_append_new(list, json_object());
    json_object_set_new(values, "l", list);
    struct form_view v = {.action = "/a",
                          .schema = &w->schema,
                          .name = "",
                          .description = "",
                          .project = "",
                          .values = values};
    assert_null(form_view_make(w->arena, &v));
    json_decref(values);
}

/* A template looks a missing name up in the outer contexts, so none may be missing. */
static void leaves_no_member_out(void **state)
{
    static const char *const members[] = {
        "name",      "path",     "id",       "label",       "description", "required",
        "error",     "value",    "is_text",  "is_textarea", "is_number",   "is_checkbox",
        "is_select", "is_group", "is_list",  "input_type",  "min",         "max",
        "step",      "checked",  "options",  "fields",      "items",       "key",
        "type",      "format",   "is_whole", "is_seed",     "suggestions"};
    struct world *w = *state;
    struct form_view v = {
        .action = "/a", .schema = &w->schema, .name = "", .description = "", .project = ""};
    json_t *view = form_view_make(w->arena, &v);
    static const char *const paths[] = {"name", "configuration.n", "configuration.e",
                                        "configuration.l", "configuration.g.u"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        for (size_t k = 0; k < ARRAY_LEN(members); k++)
            assert_non_null(json_object_get(find(view, paths[i]), members[k]));
    }
    json_decref(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_each_type, setup, teardown),
        cmocka_unit_test_setup_teardown(leaves_what_it_cannot_read, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_numbers_as_the_browser_does, setup, teardown),
        cmocka_unit_test_setup_teardown(judges_texts_as_the_browser_does, setup, teardown),
        cmocka_unit_test_setup_teardown(bounds_what_few_names_make, setup, teardown),
        cmocka_unit_test_setup_teardown(finds_names_that_stand_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_options_of_any_type, setup, teardown),
        cmocka_unit_test_setup_teardown(closes_the_gaps_of_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_unknown_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(shows_what_was_typed, setup, teardown),
        cmocka_unit_test_setup_teardown(deals_the_cards, setup, teardown),
        cmocka_unit_test_setup_teardown(gives_prototypes_of_items, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_to_draw_too_much, setup, teardown),
        cmocka_unit_test_setup_teardown(leaves_no_member_out, setup, teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
