/* A posted form into a configuration, and the view of a form. */
#include "fields.h"
#include "form.h"
#include "form_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
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

static void reads_numbers_exactly(void **state)
{
    static const char *const cases[][2] = {
        {"c.n=9223372036854775807", "9223372036854775807"},
        {"c.n=-9223372036854775808", "-9223372036854775808"},
        {"c.n=9223372036854775808", "\"9223372036854775808\""},
        {"c.n=+007", "7"},
        {"c.n=0", "0"},
        {"c.n=000", "0"},
        {"c.n=+64+", "64"},
        {"c.n=1e3", "\"1e3\""},
        {"c.n=6+4", "\"6 4\""},
        {"c.n=-", "\"-\""},
        {"c.n=", "null"},
        {"c.n=++", "null"},
    };
    static const char *const reals[][2] = {
        {"c.x=0.1", "0.1"},         {"c.x=1e-7", "1e-7"},  {"c.x=64", "64"},
        {"c.x=1e999", "\"1e999\""}, {"c.x=nan", "\"nan\""}, {"c.x=0x10", "\"0x10\""},
        {"c.x=.5", "0.5"},          {"c.x=", "null"},       {"c.x=1e", "\"1e\""},
    };
    struct world *w = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases) + ARRAY_LEN(reals); i++) {
        bool real = i >= ARRAY_LEN(cases);
        const char *const *one = real ? reals[i - ARRAY_LEN(cases)] : cases[i];
        struct strbuf got = STRBUF_INIT, want = STRBUF_INIT;
        json_t *expected = json_of(one[1]);
        post(w, one[0]);
        json_put_value(&got, json_object_get(w->input.values, real ? "x" : "n"));
        json_put_value(&want, expected);
        if (strcmp(got.buf, want.buf) != 0)
            fail_msg("%s gave %s", one[0], got.buf);
        json_decref(expected);
        strbuf_release(&got);
        strbuf_release(&want);
    }
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
    assert_string_equal(json_get_str(n, "id", ""), "f-configuration-n");
    assert_string_equal(json_get_str(n, "min", ""), "8");
    assert_string_equal(json_get_str(n, "step", ""), "1");
    assert_true(json_get_bool(n, "is_number", false));
    assert_string_equal(json_get_str(find(view, "configuration.x"), "step", ""), "any");
    assert_true(json_get_bool(find(view, "configuration.b"), "checked", false));
    const json_t *item = find(view, "configuration.l.0.in.0.v");
    assert_string_equal(json_get_str(item, "value", ""), "\"<b>");
    assert_string_equal(json_get_str(item, "error", ""), "must be a whole number");
    const json_t *options = json_object_get(find(view, "configuration.e"), "options");
    assert_json(
        json_array_get(options, 0),
        "{'value':'gone','label':'gone','selected':true,'disabled':true,'reason':'not an option'}");
    assert_json(json_array_get(options, 5),
                "{'value':'z','label':'z','selected':false,'disabled':true,'reason':'broken'}");
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
    assert_true(json_is_null(json_object_get(json_array_get(cards, 1), "title")));
    assert_int_equal(json_array_size(json_object_get(json_array_get(cards, 1), "fields")), 6);
    assert_string_equal(json_get_str(json_array_get(cards, 2), "title", ""), "Group");
    assert_non_null(find(json_array_get(cards, 2), "configuration.g.u"));
    json_decref(view);
}

/* A template looks a missing name up in the outer contexts, so none may be missing. */
static void leaves_no_member_out(void **state)
{
    static const char *const members[] = {
        "name",      "path",     "id",      "label",       "description", "required",
        "error",     "value",    "is_text", "is_textarea", "is_number",   "is_checkbox",
        "is_select", "is_group", "is_list", "input_type",  "min",         "max",
        "step",      "checked",  "options", "fields",      "items"};
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
        cmocka_unit_test_setup_teardown(reads_numbers_exactly, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_options_of_any_type, setup, teardown),
        cmocka_unit_test_setup_teardown(closes_the_gaps_of_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_unknown_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(shows_what_was_typed, setup, teardown),
        cmocka_unit_test_setup_teardown(deals_the_cards, setup, teardown),
        cmocka_unit_test_setup_teardown(leaves_no_member_out, setup, teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
