/* Mustache: what the specification and mustache.js do not tell. Those have tests of their own,
 * mustache_*.mjs. */
#include "mustache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { MAX_PARTIALS = 8 };

struct set {
    struct mustache *items[MAX_PARTIALS];
    size_t count;
};

static const struct mustache *find(void *arg, const char *name, size_t len)
{
    const struct set *set = arg;
    for (size_t i = 0; i < set->count; i++) {
        const char *other = mustache_name(set->items[i]);
        if (strlen(other) == len && !memcmp(other, name, len))
            return set->items[i];
    }
    return NULL;
}

static void set_add(struct set *set, const char *name, const char *source)
{
    struct err e;
    struct mustache *m = mustache_compile(name, source, strlen(source), &e);
    assert_non_null(m);
    set->items[set->count++] = m;
}

static void set_release(struct set *set)
{
    for (size_t i = 0; i < set->count; i++)
        mustache_free(set->items[i]);
}

/* Renders the first template of the set; the view is JSON and may be any value. */
static int render(struct set *set, const char *view, struct strbuf *out, struct err *e)
{
    json_t *data = json_loads(view, JSON_DECODE_ANY, NULL);
    assert_non_null(data);
    for (size_t i = 0; i < set->count; i++)
        assert_int_equal(mustache_link(set->items[i], find, set, false, e), 0);
    struct mustache_options options = {.find = find, .arg = set};
    int rc = mustache_render(set->items[0], data, &options, out, e);
    json_decref(data);
    return rc;
}

static void check(struct set *set, const char *view, const char *expected)
{
    struct strbuf out = STRBUF_INIT;
    struct err e;
    assert_int_equal(render(set, view, &out, &e), 0);
    assert_string_equal(out.buf, expected);
    strbuf_release(&out);
    set_release(set);
}

static void check_one(const char *source, const char *view, const char *expected)
{
    struct set set = {0};
    set_add(&set, "main", source);
    check(&set, view, expected);
}

static void names_the_place_of_a_mistake(void **state)
{
    (void)state;
    static const struct {
        const char *source, *text;
    } cases[] = {
        {"a\n{{b", "x:2: a tag is not closed"},
        {"{{{b}}", "x:1: a tag is not closed"},
        {"\n\n{{#a}}\n{{/b}}", "x:4: another section is still open at the closing tag of \"b\""},
        {"{{#a}}\n{{#b}}\n{{/a}}",
         "x:3: another section is still open at the closing tag of \"a\""},
        {"{{<*a}}{{/a}}", "x:1: another section is still open at the closing tag of \"a\""},
        {"{{/a}}", "x:1: nothing is open that could be closed by \"a\""},
        {"\n{{#a}}\n\n", "x:2: a section is not closed: \"a\""},
        {"{{ }}", "x:1: tag without a name"},
        {"{{>* }}", "x:1: tag without a name"},
        {"{{!\n\n}}{{a b}}", "x:3: white space in a name: \"a b\""},
        {"{{=<%=}}", "x:1: not a pair of delimiters: \"<%\""},
        {"{{=a b c=}}", "x:1: not a pair of delimiters: \"a b c\""},
        {"{{=<% %>}}", "x:1: a tag is not closed"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e;
        assert_null(mustache_compile("x", cases[i].source, strlen(cases[i].source), &e));
        assert_int_equal(e.code, ERR_INVALID);
        assert_string_equal(e.text, cases[i].text);
    }
}

static void bounds_a_source(void **state)
{
    (void)state;
    struct strbuf source = STRBUF_INIT;
    struct err e;
    for (int i = 0; i <= MUSTACHE_MAX_NESTING; i++)
        strbuf_adds(&source, "{{#a}}");
    for (int i = 0; i <= MUSTACHE_MAX_NESTING; i++)
        strbuf_adds(&source, "{{/a}}");
    assert_null(mustache_compile("x", source.buf, source.len, &e));
    assert_string_equal(e.text, "x:1: too many sections within each other at \"a\"");
    struct mustache *m = mustache_compile("x", source.buf + 6, source.len - 12, &e);
    assert_non_null(m);
    mustache_free(m);

    strbuf_reset(&source);
    strbuf_addf(&source, "{{%0*d}}", MUSTACHE_MAX_NAME + 1, 0);
    assert_null(mustache_compile("x", source.buf, source.len, &e));
    assert_non_null(strstr(e.text, "x:1: too long a name: \"0000"));

    strbuf_reset(&source);
    strbuf_grow(&source, MUSTACHE_MAX_SOURCE + 1);
    memset(source.buf, 'x', MUSTACHE_MAX_SOURCE + 1);
    assert_null(mustache_compile("x", source.buf, MUSTACHE_MAX_SOURCE + 1, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    strbuf_release(&source);
}

static void a_strict_link_names_the_missing_partial(void **state)
{
    (void)state;
    struct err e;
    struct set set = {0};
    set_add(&set, "main", "{{>*a}}\n{{#a}}{{> gone}}{{/a}}");
    assert_int_equal(mustache_link(set.items[0], find, &set, false, &e), 0);
    assert_int_equal(mustache_link(set.items[0], find, &set, true, &e), -1);
    assert_int_equal(e.code, ERR_INVALID);
    assert_string_equal(e.text, "main:2: there is no template \"gone\"");
    set_release(&set);
}

static void tells_what_the_browser_lacks(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        unsigned features;
    } cases[] = {
        {"{{a}}{{#b}}{{> c}}{{/b}}", 0},
        {"{{$a}}{{/a}}", MUSTACHE_INHERITANCE},
        {"{{<a}}{{/a}}", MUSTACHE_INHERITANCE},
        {"{{>*a}}", MUSTACHE_DYNAMIC_NAMES},
        {"{{<*a}}{{/*a}}", MUSTACHE_INHERITANCE | MUSTACHE_DYNAMIC_NAMES},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct set set = {0};
        set_add(&set, "main", cases[i].source);
        assert_int_equal(mustache_features(set.items[0]), cases[i].features);
        set_release(&set);
    }
}

static void stops_a_partial_that_includes_itself(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "{{> main}}",
        "{{<main}}{{/main}}",
        "{{#a}}{{> main}}{{/a}}",
        "  {{> main}}\n",
        "{{<main}}{{$b}}{{<main}}{{/main}}{{/b}}{{/main}}{{$b}}{{/b}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        struct set set = {0};
        struct err e;
        struct strbuf out = STRBUF_INIT;
        strbuf_adds(&out, "kept");
        set_add(&set, "main", sources[i]);
        assert_int_equal(render(&set, "{\"a\":true}", &out, &e), -1);
        assert_int_equal(e.code, ERR_LIMIT);
        assert_string_equal(e.text, "main:1: templates include each other more than 128 deep");
        assert_string_equal(out.buf, "kept");
        strbuf_release(&out);
        set_release(&set);
    }
}

static void the_deepest_template_fits_the_stack(void **state)
{
    (void)state;
    struct set set = {0};
    struct err e;
    struct strbuf source = STRBUF_INIT, out = STRBUF_INIT;
    for (int i = 0; i < MUSTACHE_MAX_NESTING; i++)
        strbuf_adds(&source, "{{^no}}");
    strbuf_adds(&source, " {{> main}}\n");
    for (int i = 0; i < MUSTACHE_MAX_NESTING; i++)
        strbuf_adds(&source, "{{/no}}");
    set_add(&set, "main", source.buf);
    assert_int_equal(render(&set, "{}", &out, &e), -1);
    assert_string_equal(e.text, "main:1: templates include each other more than 128 deep");
    strbuf_release(&source);
    strbuf_release(&out);
    set_release(&set);
}

static void bounds_steps_output_and_contexts(void **state)
{
    (void)state;
    struct set set = {0};
    struct err e;
    struct strbuf out = STRBUF_INIT;
    json_t *data = json_loads("{\"a\":[1,2,3,4,5,6,7,8,9]}", 0, NULL);
    set_add(&set, "main", "{{#a}}{{#a}}{{#a}}.{{/a}}{{/a}}{{/a}}");
    struct mustache_options steps = {.max_steps = 100}, output = {.max_output = 100};
    assert_int_equal(mustache_render(set.items[0], data, &steps, &out, &e), -1);
    assert_string_equal(e.text, "main: rendering takes more than 100 steps");
    assert_int_equal(mustache_render(set.items[0], data, &output, &out, &e), -1);
    assert_string_equal(e.text, "main: the output is larger than 100 bytes");
    assert_int_equal(out.len, 0);
    assert_int_equal(mustache_render(set.items[0], data, NULL, &out, &e), 0);
    assert_int_equal(out.len, 729);
    json_decref(data);
    set_release(&set);

    /* Every partial pushes more contexts than the depth of templates allows for. */
    struct set deep = {0};
    set_add(&deep, "main",
            "{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{> main}}{{/a}}"
            "{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}");
    assert_int_equal(render(&deep, "{\"a\":1}", &out, &e), -1);
    assert_string_equal(e.text, "main: more than 1024 sections within each other");
    strbuf_release(&out);
    set_release(&deep);
}

static void values_print_as_in_javascript(void **state)
{
    (void)state;
    check_one("{{a}}|{{b}}|{{c}}|{{d}}", "{\"a\":true,\"b\":false,\"c\":null}", "true|false||");
    check_one("{{a}}|{{{a}}}", "{\"a\":[1,[2,\"<\"],null,{}]}",
              "1,2,&lt;,,[object Object]|1,2,<,,[object Object]");
    check_one("{{{.}}}", "{}", "[object Object]");
    check_one("{{.}}", "\"&<>\\\"'/`=\"", "&amp;&lt;&gt;&quot;&#39;&#x2F;&#x60;&#x3D;");
    check_one("{{a.length}} {{b.length}} {{a.1}}{{a.2}}{{a.01}}",
              "{\"a\":[7,8],\"b\":\"\xc3\xa9\xf0\x9f\x98\x80\"}", "2 3 8");
    check_one("{{#a.length}}{{.}} of them{{/a.length}}{{^b.length}}none{{/b.length}}",
              "{\"a\":[7,8],\"b\":[]}", "2 of themnone");
}

static void numbers_print_as_in_javascript(void **state)
{
    (void)state;
    check_one("{{#.}}{{.}} {{/.}}",
              "[-0.0, 1e19, 123456789012345678901.0, 1e21, -1.5e300, 0.000001, 1.5e-7, 5e-324, "
              "0.1, 100, 1.0, 2.5, 9007199254740993, -9223372036854775808]",
              "0 10000000000000000000 123456789012345680000 1e+21 -1.5e+300 0.000001 1.5e-7 5e-324 "
              "0.1 100 1 2.5 9007199254740993 -9223372036854775808 ");
}

static void what_counts_as_false(void **state)
{
    (void)state;
    check_one("{{#.}}{{^a}}n{{/a}}{{#a}}y{{/a}}{{/.}}",
              "[{\"a\":false},{\"a\":null},{\"a\":0},{\"a\":-0.0},{\"a\":\"\"},{\"a\":[]},{}]",
              "nnnnnnn");
    check_one("{{#.}}{{^a}}n{{/a}}{{#a}}y{{/a}}{{/.}}",
              "[{\"a\":true},{\"a\":1},{\"a\":0.5},{\"a\":\"0\"},{\"a\":[0]},{\"a\":{}}]",
              "yyyyyy");
}

static void text_may_hold_any_byte(void **state)
{
    (void)state;
    static const char source[] = "a\0{{x}}\xff{{!\0}}\0";
    struct err e;
    struct strbuf out = STRBUF_INIT;
    struct mustache *m = mustache_compile("x", source, sizeof(source) - 1, &e);
    assert_non_null(m);
    json_t *data = json_pack("{s:s%}", "x", "1\0002", (size_t)3);
    assert_int_equal(mustache_render(m, data, NULL, &out, &e), 0);
    assert_int_equal(out.len, 7);
    assert_memory_equal(out.buf, "a\0001\0002\xff\0", 7);
    json_decref(data);
    strbuf_release(&out);
    mustache_free(m);
}

static void a_page_fills_the_blocks_of_its_layout(void **state)
{
    (void)state;
    struct set set = {0};
    set_add(&set, "main",
            "{{<layout}}\n"
            "{{$title}}Run {{n}}{{/title}}\n"
            "{{$content}}\n"
            "<ul>\n"
            "  {{#rows}}\n"
            "  {{> row}}\n"
            "  {{/rows}}\n"
            "</ul>\n"
            "{{/content}}\n"
            "{{/layout}}\n");
    set_add(&set, "layout",
            "<title>{{$title}}Athanor{{/title}}</title>\n"
            "<main>\n"
            "  {{$content}}{{/content}}\n"
            "  {{$side}}\n"
            "    <p>none</p>\n"
            "\n"
            "  {{/side}}\n"
            "</main>\n");
    set_add(&set, "row", "<li>{{.}}\n\n</li>\n");
    check(&set, "{\"n\":7,\"rows\":[1,2]}",
          "<title>Run 7</title>\n"
          "<main>\n"
          "  <ul>\n"
          "    <li>1\n\n    </li>\n"
          "    <li>2\n\n    </li>\n"
          "  </ul>\n"
          "    <p>none</p>\n"
          "\n"
          "</main>\n");
}

static void an_argument_takes_the_shape_of_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *page, *layout, *out;
    } cases[] = {
        /* A block alone on its line gets lines of its own, or none. */
        {"{{<layout}}{{$b}}x{{/b}}{{/layout}}", "<\n  {{$b}}{{/b}}\n>\n", "<\n  x\n>\n"},
        {"{{<layout}}{{$b}}{{#no}}x{{/no}}{{/b}}{{/layout}}", "<\n  {{$b}}{{/b}}\n>\n", "<\n>\n"},
        {"{{<layout}}{{/layout}}", "<\n  {{$b}}{{/b}}\n>\n", "<\n>\n"},
        {"{{<layout}}{{$b}}x{{/b}}{{/layout}}", "<\n{{$b}}\n   y\n{{/b}}\n>\n", "<\n   x\n>\n"},
        /* Amid text it stays in its line; lines that follow are indented as that line is. */
        {"{{<layout}}{{$b}}\nx\ny\n{{/b}}{{/layout}}", " <{{$b}}{{/b}}>\n", " <x\ny\n>\n"},
        {"{{<layout}}{{$b}}\nx\ny\n{{/b}}{{/layout}}", "  {{$b}}{{/b}}>\n", "  x\n  y\n>\n"},
        /* The default looks as written. */
        {"{{> layout}}", "  {{$b}}one\n  two{{/b}}!\n", "  one\n  two!\n"},
        {"{{> layout}}", "{{$b}}\n   one\n  two\n\n {{$c}}\n    c\n {{/c}}\n{{/b}}\n",
         "   one\n  two\n\n    c\n"},
        /* Of a block that stands twice in a parent tag the first counts. */
        {"{{<layout}}{{$b}}1{{/b}}{{$b}}2{{/b}}{{/layout}}", "{{$b}}{{/b}}", "1"},
        /* An argument is text of the page: its own blocks are not filled by itself. */
        {"{{<layout}}{{$b}}x{{$b}}y{{/b}}{{/b}}{{/layout}}", "{{$b}}{{/b}}", "xy"},
        /* Dynamic parents. */
        {"{{<*name}}{{$b}}x{{/b}}{{/ * name}}", "({{$b}}{{/b}})", "(x)"},
        {"{{<*other}}{{$b}}x{{/b}}{{/*other}}|", "({{$b}}{{/b}})", "|"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct set set = {0};
        set_add(&set, "main", cases[i].page);
        set_add(&set, "layout", cases[i].layout);
        check(&set, "{\"name\":\"layout\",\"other\":7}", cases[i].out);
    }
}

static void a_null_in_a_list_has_no_names(void **state)
{
    (void)state;
    check_one("{{#a}}[{{.}}{{b}}]{{/a}}", "{\"a\":[null,1],\"b\":2}", "[2][12]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_place_of_a_mistake),
        cmocka_unit_test(bounds_a_source),
        cmocka_unit_test(a_strict_link_names_the_missing_partial),
        cmocka_unit_test(tells_what_the_browser_lacks),
        cmocka_unit_test(stops_a_partial_that_includes_itself),
        cmocka_unit_test(the_deepest_template_fits_the_stack),
        cmocka_unit_test(bounds_steps_output_and_contexts),
        cmocka_unit_test(values_print_as_in_javascript),
        cmocka_unit_test(numbers_print_as_in_javascript),
        cmocka_unit_test(what_counts_as_false),
        cmocka_unit_test(text_may_hold_any_byte),
        cmocka_unit_test(a_page_fills_the_blocks_of_its_layout),
        cmocka_unit_test(an_argument_takes_the_shape_of_its_place),
        cmocka_unit_test(a_null_in_a_list_has_no_names),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
