/* A request's head and body, and the answer to it, through a CGI environment. */
#include "request.h"
#include "response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const volatile sig_atomic_t never;

struct world {
    struct arena *arena;
    struct gateway *gateway;
    struct request rq;
    struct problem problem;
    int old_stdin, old_stdout;
};

static int setup(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    w->arena = arena_new();
    w->problem.arena = w->arena;
    w->old_stdin = dup(STDIN_FILENO);
    *state = w;
    clearenv();
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    gateway_free(w->gateway);
    arena_free(w->arena);
    dup2(w->old_stdin, STDIN_FILENO);
    close(w->old_stdin);
    free(w);
    return 0;
}

/* Begins a request with that method and target; a body stands on stdin. */
static int begin(struct world *w, const char *method, const char *target, const char *type,
                 const void *body, size_t len)
{
    struct err e;
    char length[32];
    FILE *file = tmpfile();
    if (len)
        assert_int_equal(fwrite(body, 1, len, file), len);
    rewind(file);
    dup2(fileno(file), STDIN_FILENO);
    fclose(file);
    lseek(STDIN_FILENO, 0, SEEK_SET);
    setenv("REQUEST_METHOD", method, 1);
    setenv("REQUEST_URI", target, 1);
    if (type)
        setenv("CONTENT_TYPE", type, 1);
    if (body && !getenv("CONTENT_LENGTH")) {
        snprintf(length, sizeof(length), "%zu", len);
        setenv("CONTENT_LENGTH", length, 1);
    }
    gateway_free(w->gateway);
    w->gateway = gateway_cgi();
    assert_int_equal(gateway_accept(w->gateway, &never, &e), 1);
    w->problem = (struct problem){.arena = w->arena};
    return request_init(&w->rq, w->gateway, w->arena, &w->problem);
}

static void reads_the_head(void **state)
{
    struct world *w = *state;
    assert_int_equal(begin(w, "GET", "/runs/7/results/a%2Fb%20c?tab=logs&q=%C3%A4", NULL, NULL, 0),
                     0);
    assert_int_equal(w->rq.method, METHOD_GET);
    assert_int_equal(w->rq.segment_count, 4);
    assert_string_equal(w->rq.segments[3].text, "a/b c");
    assert_string_equal(request_query(&w->rq, "tab"), "logs");
    assert_string_equal(request_query(&w->rq, "q"), "\xC3\xA4");
    assert_null(request_query(&w->rq, "x"));
    assert_false(w->rq.api);
    assert_string_equal(w->rq.path, "/runs/7/results/a%2Fb%20c");
    assert_int_equal(begin(w, "BREW", "http://host:1/api/v1/runs", NULL, NULL, 0), 0);
    assert_int_equal(w->rq.method, 0);
    assert_true(w->rq.api);
    assert_int_equal(w->rq.segment_count, 3);
}

static void refuses_bad_targets(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = {"runs", "*", "/%zz", "/%00", "/%ff", "/a?b=%", "/a?b=%ff"};
    char longer[REQUEST_TARGET_MAX + 8];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(begin(w, "GET", bad[i], NULL, NULL, 0), -1);
        assert_int_equal(w->problem.status, 400);
    }
    memset(longer, 'a', sizeof(longer));
    longer[0] = '/';
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(begin(w, "GET", longer, NULL, NULL, 0), -1);
    assert_int_equal(w->problem.status, 414);
    assert_int_equal(begin(w, "GET", "/1/2/3/4/5/6/7/8/9/10/11/12/13", NULL, NULL, 0), -1);
    assert_int_equal(w->problem.status, 404);
}

static int read_json(struct world *w, const char *type, const char *body, bool optional,
                     json_t **out)
{
    unsetenv("CONTENT_LENGTH");
    assert_int_equal(begin(w, "POST", "/api/v1/instances", type, body, strlen(body)), 0);
    return request_json(&w->rq, optional, out, &w->problem);
}

static void reads_json(void **state)
{
    struct world *w = *state;
    json_t *v;
    assert_int_equal(read_json(w, "application/json; charset=utf-8", "{\"a\":1}", false, &v), 0);
    assert_int_equal(json_integer_value(json_object_get(v, "a")), 1);
    json_decref(v);
    assert_int_equal(read_json(w, "application/json", "", true, &v), 0);
    assert_int_equal(json_object_size(v), 0);
    json_decref(v);
}

static void refuses_other_bodies(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *type, *body;
        int status;
    } bad[] = {
        {"application/json", "", 400},
        {"application/json", "{", 400},
        {"application/json", "[]", 400},
        {"application/json", "{\"a\":1,\"a\":2}", 400},
        {"application/json", "{\"a\":\"\\u0000\"}", 400},
        {"application/json", "{\"a\":\"\xff\"}", 400},
        {"application/json", "{\"a\":1e999}", 400},
        {"application/json", "{\"a\":1e999}", 400},
        {"application/json", "{} x", 400},
        {"text/plain", "{}", 415},
        {"application/jsonp", "{}", 415},
        {NULL, "{}", 415},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        json_t *v = NULL;
        unsetenv("CONTENT_TYPE");
        if (read_json(w, bad[i].type, bad[i].body, false, &v) != -1 ||
            w->problem.status != bad[i].status)
            fail_msg("%s: %d", bad[i].body, w->problem.status);
    }
}

static void bounds_bodies(void **state)
{
    struct world *w = *state;
    json_t *v = NULL;
    struct fields f;
    size_t len = (size_t)REQUEST_BODY_MAX + 1;
    char *big = xmalloc(len);
    memset(big, '[', len);
    setenv("CONTENT_LENGTH", "16777217", 1);
    assert_int_equal(begin(w, "POST", "/", "application/json", big, len), 0);
    assert_int_equal(request_json(&w->rq, false, &v, &w->problem), -1);
    assert_int_equal(w->problem.status, 413);
    unsetenv("CONTENT_LENGTH");
    assert_int_equal(begin(w, "POST", "/", "application/json", big, 200000), 0);
    assert_int_equal(request_json(&w->rq, false, &v, &w->problem), -1);
    assert_int_equal(w->problem.status, 413); /* too many values, whatever they are */
    unsetenv("CONTENT_LENGTH");
    memset(big, '&', len);
    assert_int_equal(begin(w, "POST", "/", "application/x-www-form-urlencoded", big, 20000), 0);
    assert_int_equal(request_form(&w->rq, &f, &w->problem), -1);
    assert_int_equal(w->problem.status, 413);
    setenv("CONTENT_LENGTH", "100", 1);
    assert_int_equal(begin(w, "POST", "/", "application/x-www-form-urlencoded", big, 10), 0);
    assert_int_equal(request_form(&w->rq, &f, &w->problem), -1);
    assert_int_equal(w->problem.status, 400); /* shorter than announced */
    free(big);
}

static void reads_a_body_of_unknown_length(void **state)
{
    struct world *w = *state;
    struct fields f;
    enum { LEN = 300000 };
    char *big = xmalloc(LEN);
    memset(big, 'x', LEN);
    memcpy(big, "a=", 2);
    assert_int_equal(begin(w, "POST", "/", "application/x-www-form-urlencoded", big, LEN), 0);
    unsetenv("CONTENT_LENGTH");
    assert_int_equal(request_form(&w->rq, &f, &w->problem), 0);
    assert_int_equal(f.items[0].value_len, LEN - 2);
    free(big);
}

/* What the answer looks like on the wire. */
static char *sent(struct world *w, void (*make)(struct response *), bool head_only)
{
    struct response rs;
    FILE *file = tmpfile();
    char *text = xcalloc(1, 4096);
    begin(w, "GET", "/", NULL, NULL, 0);
    response_init(&rs);
    response_reset(&rs, w->gateway, head_only);
    make(&rs);
    fflush(stdout);
    w->old_stdout = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    response_send(&rs);
    dup2(w->old_stdout, STDOUT_FILENO);
    close(w->old_stdout);
    rewind(file);
    if (fread(text, 1, 4095, file) == 0)
        fail_msg("nothing was sent");
    fclose(file);
    response_release(&rs);
    return text;
}

static void make_plain(struct response *rs)
{
    rs->type = "text/plain";
    response_header(rs, "X-Evil", "a\r\nSet-Cookie: b");
    strbuf_adds(&rs->body, "hello");
}

static void make_tagged(struct response *rs)
{
    strbuf_adds(&rs->body, "hello");
    response_etag(rs, "W/\"2cf24dba5fb0a30e26e83b2a\", \"x\"");
}

static void answers(void **state)
{
    struct world *w = *state;
    static const char head[] = "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
                               "X-Evil: a  Set-Cookie: b\r\n\r\n";
    char *text = sent(w, make_plain, false);
    assert_memory_equal(text, head, strlen(head));
    assert_string_equal(text + strlen(head), "hello");
    free(text);
    text = sent(w, make_plain, true);
    assert_string_equal(text, head);
    free(text);
    text = sent(w, make_tagged, false);
    assert_string_equal(text,
                        "Status: 304 Not Modified\r\nETag: \"2cf24dba5fb0a30e26e83b2a\"\r\n\r\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_the_head, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_bad_targets, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_json, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_other_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(bounds_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_a_body_of_unknown_length, setup, teardown),
        cmocka_unit_test_setup_teardown(answers, setup, teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
