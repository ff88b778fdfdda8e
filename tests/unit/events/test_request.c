/* Where a stream begins, and what is refused: each rule a row. */
#include "request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct request_text text(const char *s)
{
    return (struct request_text){s, strlen(s)};
}

static int parse(const char *path, const char *query, const char *last_id, struct request *r,
                 struct err *e)
{
    struct request_input in = {text("GET"), text(path), text(query), text(last_id)};
    *e = (struct err){0};
    return request_parse(&in, r, e);
}

/* The request in short: kind, runs with their places, flags. */
static void assert_request(const char *path, const char *query, const char *last_id,
                           const char *expected)
{
    static const char *const kinds[] = {"run", "many", "wait", "metrics"};
    struct request r;
    struct err e;
    char got[2048];
    int len, status = parse(path, query, last_id, &r, &e);
    if (status) {
        snprintf(got, sizeof(got), "%d %s", status, e.field);
    } else {
        len = snprintf(got, sizeof(got), "%s", kinds[r.kind]);
        for (int i = 0; i < r.count; i++)
            len += snprintf(got + len, sizeof(got) - (size_t)len, " %lld@%lld.%lld",
                            (long long)r.runs[i].run, (long long)r.runs[i].at.line,
                            (long long)r.runs[i].at.record);
        len += snprintf(got + len, sizeof(got) - (size_t)len, "%s%s", r.at_end ? " end" : "",
                        r.returning ? " returning" : "");
        if (r.kind == REQUEST_WAIT)
            snprintf(got + len, sizeof(got) - (size_t)len, " %lld", (long long)r.timeout_s);
    }
    if (strcmp(got, expected) != 0)
        fail_msg("%s?%s [%s]: %s, not %s", path, query, last_id, got, expected);
}

struct row {
    const char *path, *query, *last_id, *expected;
};

static void assert_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_request(rows[i].path, rows[i].query, rows[i].last_id, rows[i].expected);
}

static void test_one_run(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"/runs/7/events", "", "", "run 7@0.0"},
        {"/runs/7/events", "from=5.2", "", "run 7@5.2"},
        {"/runs/7/events", "from=end", "", "run 7@0.0 end"},
        {"/runs/7/events", "from=", "", "run 7@0.0"},
        {"/runs/7/events", "from=5.2&last_event_id=6.3", "", "run 7@6.3 returning"},
        {"/runs/7/events", "from=5.2&last_event_id=6.3", "7.4", "run 7@7.4 returning"},
        {"/runs/7/events", "from=end", "7.4", "run 7@7.4 returning"},
        {"/runs/7/events", "from=bad", "7.4", "run 7@7.4 returning"},
        {"/runs/7/events", "x&from=5%2e2&from=9.9", "", "run 7@5.2"},
        {"/runs/7/events", "fromm=1.1&afrom=2.2", "", "run 7@0.0"},
        {"/runs/7/events", "from=5", "", "400 from"},
        {"/runs/7/events", "from=END", "", "400 from"},
        {"/runs/7/events", "from=%", "", "400 from"},
        {"/runs/7/events", "from=1.%3", "", "400 from"},
        {"/runs/7/events", "from=1.%3g", "", "400 from"},
        {"/runs/7/events", "last_event_id=7@5.2", "", "400 last_event_id"},
        {"/runs/7/events", "last_event_id=%zz", "", "400 last_event_id"},
        {"/runs/7/events", "from=1.1", "end", "400 last_event_id"},
        {"/runs/7/events", "", "1.1 ", "400 last_event_id"},
        {"/runs/9223372036854775807/events", "", "", "run 9223372036854775807@0.0"},
    };
    assert_rows(rows, ARRAY_LEN(rows));
}

static void test_many_runs(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"/events", "", "", "many"},
        {"/events", "runs=", "", "many"},
        {"/events", "runs=7@1.2,9", "", "many 7@1.2 9@0.0"},
        {"/events", "runs=7%401.2%2C9@3.4", "", "many 7@1.2 9@3.4"},
        {"/events", "runs=7@1.2,9&from=end", "", "many 7@1.2 9@0.0 end"},
        {"/events", "runs=7@1.2,9@3.4", "7@5.6", "many 7@5.6 9@3.4 returning"},
        {"/events", "runs=7@1.2", "9@5.6,7@8.9", "many 7@8.9 returning"},
        {"/events", "", "9@5.6,7@8.9", "many 9@5.6 7@8.9 returning"},
        {"/events", "last_event_id=9@5.6", "", "many 9@5.6 returning"},
        {"/events", "from=1.0", "", "400 from"},
        {"/events", "runs=7@1", "", "400 runs"},
        {"/events", "runs=7,7", "", "400 runs"},
        {"/events", "runs=7", "1.0", "400 last_event_id"},
    };
    assert_rows(rows, ARRAY_LEN(rows));
}

static void test_wait(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"/api/v1/runs/7/wait", "", "", "wait 7@0.0 30"},
        {"/api/v1/runs/7/wait", "timeout_s=0", "", "wait 7@0.0 0"},
        {"/api/v1/runs/7/wait", "timeout_s=300", "", "wait 7@0.0 300"},
        {"/api/v1/runs/7/wait", "timeout_s=301", "", "400 timeout_s"},
        {"/api/v1/runs/7/wait", "timeout_s=-1", "", "400 timeout_s"},
        {"/api/v1/runs/7/wait", "timeout_s=1.0", "", "400 timeout_s"},
    };
    assert_rows(rows, ARRAY_LEN(rows));
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"/events/metrics", "", "", "metrics"},
        {"", "", "", "404 "},
        {"/events/", "", "", "many"},
        {"/events//", "", "", "404 "},
        {"/runs/events", "", "", "404 "},
        {"/runs//events", "", "", "404 "},
        {"/runs/0/events", "", "", "404 "},
        {"/runs/-1/events", "", "", "404 "},
        {"/runs/07/events", "", "", "404 "},
        {"/runs/7/event", "", "", "404 "},
        {"/runs/7/events/", "", "", "run 7@0.0"},
        {"/", "", "", "404 "},
        {"/runs/9223372036854775808/events", "", "", "404 "},
        {"/api/v1/runs/7/waits", "", "", "404 "},
        {"/api/v1/runs/7", "", "", "404 "},
    };
    assert_rows(rows, ARRAY_LEN(rows));
}

static void test_limits(void **state)
{
    (void)state;
    struct request r;
    struct err e;
    char query[REQUEST_QUERY_MAX + 2];
    memset(query, 'x', sizeof(query) - 1);
    query[sizeof(query) - 1] = '\0';
    assert_int_equal(parse("/events", query, "", &r, &e), 400);
    struct request_input in = {text("POST"), text("/events"), text(""), text("")};
    assert_int_equal(request_parse(&in, &r, &e), 405);
    char runs[512] = "runs=1";
    for (int i = 2; i <= 33; i++)
        sprintf(runs + strlen(runs), ",%d", i);
    assert_int_equal(parse("/events", runs, "", &r, &e), 400);
    *strrchr(runs, ',') = '\0';
    assert_int_equal(parse("/events", runs, "", &r, &e), 0);
    assert_int_equal(r.count, 32);
}

/* What nginx asks for another program: the row between the parts that the query holds. */
static void test_framed_wait(void **state)
{
    (void)state;
    struct strbuf out = STRBUF_INIT;
    struct request r;
    struct err e;
    assert_int_equal(parse("/_mcp/runs/7/wait", "timeout_s=5&head=x", "", &r, &e), 0);
    assert_true(r.framed && r.kind == REQUEST_WAIT && r.timeout_s == 5);
    assert_int_equal(parse("/api/v1/runs/7/wait", "head=x", "", &r, &e), 0);
    assert_false(r.framed);
    request_put_framed(&out, "timeout_s=5&head=%7B%22t%22%3A&middle=%2C%22s%22%3A&tail=%7D",
                       "{\"a\":\"\\n\"}", 10);
    assert_string_equal(out.buf, "{\"t\":\"{\\\"a\\\":\\\"\\\\n\\\"}\",\"s\":{\"a\":\"\\n\"}}");
    strbuf_reset(&out);
    request_put_framed(&out, "", "1", 1);
    assert_string_equal(out.buf, "\"1\"1");
    strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_framed_wait), cmocka_unit_test(test_one_run),
        cmocka_unit_test(test_many_runs),   cmocka_unit_test(test_wait),
        cmocka_unit_test(test_addresses),   cmocka_unit_test(test_limits),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
