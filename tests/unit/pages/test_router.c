/* From method and path to a route. */
#include "routes.h"
#include "router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { GET = METHOD_GET, POST = METHOD_POST };

static const struct route table[] = {
    {.methods = GET, .pattern = "/", .title = "home"},
    {.methods = GET, .pattern = "/runs", .title = "runs"},
    {.methods = GET, .pattern = "/experiments/{id}", .title = "one"},
    {.methods = GET, .pattern = "/experiments/new", .title = "new"},
    {.methods = POST, .pattern = "/experiments/new", .title = "add"},
    {.methods = POST, .pattern = "/experiments/{id}", .title = "post one"},
    {.methods = GET, .pattern = "/runs/{id}/results/{key}", .title = "values"},
    {.methods = GET, .pattern = "/runs/{id}/records/{n}", .title = "record"},
    {.methods = GET, .pattern = "/experiments/{name}/about", .title = "about"},
};

/* A request for a path that needs no decoding. */
static struct request request_of(int method, const char *path)
{
    struct request rq = {.method = method};
    for (const char *at = path + 1; *at;) {
        size_t len = strcspn(at, "/");
        rq.segments[rq.segment_count].text = strndup(at, len);
        rq.segments[rq.segment_count++].len = len;
        at += len + (at[len] == '/');
    }
    return rq;
}

static struct route_match find(int method, const char *path)
{
    struct route_match m;
    struct request rq = request_of(method, path);
    router_find(table, ARRAY_LEN(table), &rq, &m);
    for (size_t i = 0; i < rq.segment_count; i++)
        free((char *)rq.segments[i].text);
    return m;
}

static void expect(int method, const char *path, const char *title)
{
    struct route_match m = find(method, path);
    if (!m.route)
        fail_msg("%s is not found", path);
    assert_string_equal(m.route->title, title);
}

static void finds_words_before_braces(void **state)
{
    (void)state;
    expect(GET, "/", "home");
    expect(GET, "/runs", "runs");
    expect(GET, "/runs/", "runs");
    expect(GET, "/experiments/new", "new");
    expect(POST, "/experiments/new", "add");
    expect(GET, "/experiments/7", "one");
    expect(POST, "/experiments/7", "post one");
    expect(GET, "/experiments/ising/about", "about");
}

static void head_is_a_get(void **state)
{
    (void)state;
    expect(METHOD_HEAD, "/runs", "runs");
}

static void binds_parameters(void **state)
{
    (void)state;
    struct route_match m = find(GET, "/runs/9223372036854775807/records/12");
    assert_int_equal(m.count, 2);
    assert_true(m.ids[0] == INT64_MAX);
    assert_int_equal(m.ids[1], 12);
    assert_int_equal(m.name_lens[0], 2);
    assert_memory_equal(m.names[0], "id", 2);
}

static void ids_are_positive_64_bit_integers(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "/experiments/0",    "/experiments/-1",  "/experiments/9223372036854775808",
        "/experiments/1x",   "/experiments/+1",  "/experiments/01",
        "/runs/1/records/x", "/runs/x/results/k"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct route_match m = find(GET, bad[i]);
        assert_null(m.route);
        assert_int_equal(m.allowed, 0);
    }
}

static void tells_the_other_methods(void **state)
{
    (void)state;
    struct strbuf allow = STRBUF_INIT;
    struct route_match m = find(METHOD_DELETE, "/experiments/new");
    assert_null(m.route);
    assert_int_equal(m.allowed, GET | POST);
    router_put_methods(&allow, m.allowed);
    assert_string_equal(allow.buf, "GET, HEAD, POST");
    strbuf_release(&allow);
    assert_int_equal(find(METHOD_PUT, "/runs").allowed, GET);
    assert_int_equal(find(0, "/runs").allowed, GET);
    assert_int_equal(find(GET, "/nothing").allowed, 0);
    assert_int_equal(find(GET, "/runs/1").allowed, 0);
}

/* No two rows may claim the same method of the same pattern, and every page must have what it
 * needs. */
static void the_table_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < routes_count; i++) {
        assert_non_null(routes[i].handler);
        assert_int_equal(routes[i].pattern[0], '/');
        for (size_t k = 0; k < i; k++)
            assert_false(strcmp(routes[i].pattern, routes[k].pattern) == 0 &&
                         (routes[i].methods & routes[k].methods));
        if (routes[i].template)
            assert_non_null(routes[i].title);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_words_before_braces),
        cmocka_unit_test(head_is_a_get),
        cmocka_unit_test(binds_parameters),
        cmocka_unit_test(ids_are_positive_64_bit_integers),
        cmocka_unit_test(tells_the_other_methods),
        cmocka_unit_test(the_table_is_sound),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
