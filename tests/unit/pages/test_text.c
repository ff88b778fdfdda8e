/* The small tools of text: ranges, folding, thinning of points, local addresses, problems. */
#include "fold.h"
#include "log_text.h"
#include "problem.h"
#include "session.h"
#include "statics.h"
#include "thin.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static void reads_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int64_t total;
        int rc;
        int64_t first, last;
    } cases[] = {
        {"bytes=0-0", 10, 1, 0, 0},
        {"bytes=2-5", 10, 1, 2, 5},
        {"bytes=2-", 10, 1, 2, 9},
        {"bytes=9-100", 10, 1, 9, 9},
        {"bytes=-3", 10, 1, 7, 9},
        {"bytes=-30", 10, 1, 0, 9},
        {"bytes=10-", 10, -1, 0, 0},
        {"bytes=-0", 10, -1, 0, 0},
        {"bytes=0-", 0, -1, 0, 0},
        {"bytes=-5", 0, -1, 0, 0},
        {NULL, 10, 0, 0, 0},
        {"bytes=", 10, 0, 0, 0},
        {"bytes=-", 10, 0, 0, 0},
        {"bytes=5-2", 10, 0, 0, 0},
        {"bytes=0-1,3-4", 10, 0, 0, 0},
        {"lines=0-1", 10, 0, 0, 0},
        {"bytes=a-b", 10, 0, 0, 0},
        {"bytes=--5", 10, 0, 0, 0},
        {"bytes=0-9223372036854775807", 10, 1, 0, 9},
        {"bytes=0-9223372036854775808", 10, 0, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t first = 0, last = 0;
        int rc = log_text_range(cases[i].header, cases[i].total, &first, &last);
        if (rc != cases[i].rc)
            fail_msg("%s: %d", cases[i].header, rc);
        if (rc == 1) {
            assert_int_equal(first, cases[i].first);
            assert_int_equal(last, cases[i].last);
        }
    }
}

static bool finds(const char *needle, const char *text)
{
    struct fold_needle n;
    fold_needle_init(&n, needle);
    bool found = fold_found(&n, text, strlen(text));
    if (n.plain) { /* then folding ASCII is enough */
        struct strbuf low = STRBUF_INIT;
        fold_ascii(&low, text, strlen(text));
        assert_int_equal(strstr(low.buf, n.folded.buf) != NULL, found);
        strbuf_release(&low);
    }
    fold_needle_release(&n);
    return found;
}

static void finds_whatever_the_case(void **state)
{
    (void)state;
    assert_true(finds("error", "An ERROR here"));
    assert_true(finds("ERROR", "an error here"));
    assert_true(finds("ÄÖÜ", "xäöüx"));
    assert_true(finds("привет", "ПРИВЕТ мир"));
    assert_true(finds("100%", "at 100% now"));
    assert_true(finds("a.c", "xA.Cx"));
    assert_false(finds("a.c", "abc"));
    assert_false(finds("errors", "error"));
    assert_false(finds("k", "\xE2\x84\xAA")); /* the Kelvin sign is no ASCII k */
    assert_true(finds("\xE2\x84\xAA", "\xE2\x84\xAA"));
    assert_true(finds("\xF0\x9F\x94\xA5", "a \xF0\x9F\x94\xA5 b"));
}

static void knows_which_needles_stand_literally(void **state)
{
    (void)state;
    static const char *const escaped[] = {"a\"b", "a\\b", "a\tb", "ä", "\x7f"};
    struct fold_needle n;
    for (size_t i = 0; i < ARRAY_LEN(escaped); i++) {
        fold_needle_init(&n, escaped[i]);
        assert_false(n.plain);
        fold_needle_release(&n);
    }
    fold_needle_init(&n, "Plain");
    assert_true(n.plain);
    fold_needle_release(&n);
}

static void put_series(struct thin *t, struct strbuf *out, int count, int limit)
{
    char point[64];
    thin_init(t, out, count, limit);
    for (int i = 0; i < count; i++) {
        int value = i == 500 ? 1000000 : i == 600 ? -1000000 : i % 7;
        int len = snprintf(point, sizeof(point), "[%d,%d,%d]", i, value, i * 10);
        thin_add(t, point, (size_t)len);
    }
    thin_end(t);
    thin_release(t);
}

static void thins_and_keeps_what_stands_out(void **state)
{
    (void)state;
    struct thin t;
    struct strbuf out = STRBUF_INIT;
    put_series(&t, &out, 1000, 100);
    assert_true(t.written <= 102 && t.written > 50);
    assert_non_null(strstr(out.buf, "[500,1000000,5000]"));
    assert_non_null(strstr(out.buf, "[600,-1000000,6000]"));
    assert_memory_equal(out.buf, "[0,0,0],", 8);
    assert_non_null(strstr(out.buf, ",[999,5,9990]"));
    int last = -1;
    for (const char *at = out.buf; *at;
         at += strcspn(at, "]") + 1 + (at[strcspn(at, "]") + 1] == ',')) {
        assert_true(atoi(at + 1) > last);
        last = atoi(at + 1);
    }
    assert_int_equal(last, 999);
    strbuf_release(&out);
}

static void leaves_short_series_alone(void **state)
{
    (void)state;
    struct thin t;
    struct strbuf out = STRBUF_INIT;
    put_series(&t, &out, 100, 100);
    assert_int_equal(t.written, 100);
    strbuf_reset(&out);
    put_series(&t, &out, 0, 100);
    assert_int_equal(t.written, 0);
    strbuf_release(&out);
}

/* Of each series the middle ones are the lowest and the highest, however they are written. */
static void thins_numbers_of_any_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *low, *high;
    } cases[] = {
        {"-0.5", "1.5"},
        {"-12345678901234567890123", "12345678901234567890123"},
        {"-1e3", "2.5E+2"},
        {"1.00000000000000001e-300", "0.9999999999999999"},
        {"-0.30000000000000004", "0.1234567890123456789"},
        {"-9223372036854775808", "18446744073709551615"},
        {"-1e400", "1e400"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct thin t;
        struct strbuf out = STRBUF_INIT;
        char low[64], high[64];
        snprintf(low, sizeof(low), "[4,%s,4]", cases[i].low);
        snprintf(high, sizeof(high), "[7,%s,7]", cases[i].high);
        thin_init(&t, &out, 10, 4);
        for (int k = 0; k < 10; k++) {
            const char *point = k == 4 ? low : k == 7 ? high : "[0,0.01,0]";
            thin_add(&t, point, strlen(point));
        }
        thin_end(&t);
        assert_non_null(strstr(out.buf, low));
        assert_non_null(strstr(out.buf, high));
        assert_int_equal(t.written, 4);
        thin_release(&t);
        strbuf_release(&out);
    }
}

static void thins_around_what_is_no_number(void **state)
{
    (void)state;
    struct thin t;
    struct strbuf out = STRBUF_INIT;
    thin_init(&t, &out, 1000, 10);
    for (int i = 0; i < 1000; i++) {
        if (i % 2 || i > 800)
            thin_add(&t, "[1,\"NaN\",2]", 11);
        else
            thin_add(&t, "[3,0.5,4]", 9);
    }
    thin_end(&t);
    assert_non_null(strstr(out.buf, "NaN")); /* the stretch that has nothing else */
    assert_non_null(strstr(out.buf, "0.5"));
    thin_release(&t);
    strbuf_release(&out);
}

static void sends_browsers_to_local_paths_only(void **state)
{
    (void)state;
    static const char *const good[] = {"/", "/runs/7?tab=logs#L12", "/experiments"};
    static const char *const bad[] = {"",        "runs", "//evil", "/\\evil", "http://evil",
                                      "/a\nb",   "/a b", "/a\\b",  "/login",  "/login?token=x",
                                      "/\t/evil"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(session_is_local(good[i]));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(session_is_local(bad[i]));
    assert_false(session_is_local(NULL));
}

static void writes_problems(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct strbuf out = STRBUF_INIT;
    struct problem p = {.arena = a};
    struct faults f;
    faults_init(&f, a);
    faults_add(&f, "configuration.n", "must be at least %d", 8);
    faults_add(&f, "name", "is \"required\"");
    assert_int_equal(problem_faults(&p, 422, &f, "wrong values"), -1);
    problem_json(&p, &out);
    assert_string_equal(
        out.buf, "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\",\"status\":422,"
                 "\"detail\":\"wrong values\",\"errors\":[{\"field\":\"configuration.n\","
                 "\"message\":\"must be at least 8\"},{\"field\":\"name\",\"message\":"
                 "\"is \\\"required\\\"\"}]}");
    strbuf_release(&out);
    arena_free(a);
}

static void hides_what_is_not_the_users_business(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct problem p = {.arena = a};
    struct err e;
    int err_fd = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    err_set(&e, ERR_INTERNAL, "secret internals");
    dup2(null, STDERR_FILENO);
    problem_err(&p, &e, "a test"); /* which is logged */
    assert_int_equal(p.status, 500);
    assert_null(strstr(p.detail, "secret"));
    err_set(&e, ERR_CONFLICT, "a secret constraint");
    e.raw = true;
    problem_err(&p, &e, "a test");
    assert_int_equal(p.status, 409);
    dup2(err_fd, STDERR_FILENO);
    close(err_fd);
    close(null);
    assert_null(strstr(p.detail, "secret"));
    err_set(&e, ERR_NOT_FOUND, "query is no run");
    problem_err(&p, &e, "test");
    assert_string_equal(p.detail, "query is no run");
    err_field(&e, "priority", "is too high");
    e.code = ERR_CONFLICT;
    problem_err(&p, &e, "test");
    assert_int_equal(p.status, 409);
    assert_string_equal(p.field, "priority");
    arena_free(a);
}

static void write_file(const char *dir, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/manifest", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void reads_the_manifest_of_static_files(void **state)
{
    (void)state;
    char dir[] = "/tmp/athanor-statics-XXXXXX", path[128];
    assert_non_null(mkdtemp(dir));
    char *prefix = statics_prefix(dir, NULL);
    assert_string_equal(prefix, "/static");
    free(prefix);
    write_file(dir, "0123456789abcdef\n");
    prefix = statics_prefix(dir, NULL);
    assert_string_equal(prefix, "/static/0123456789abcdef");
    free(prefix);
    write_file(dir, "../../etc\n");
    assert_null(statics_prefix(dir, NULL));
    write_file(dir, "");
    assert_null(statics_prefix(dir, NULL));
    snprintf(path, sizeof(path), "%s/manifest", dir);
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ranges),
        cmocka_unit_test(finds_whatever_the_case),
        cmocka_unit_test(knows_which_needles_stand_literally),
        cmocka_unit_test(thins_and_keeps_what_stands_out),
        cmocka_unit_test(leaves_short_series_alone),
        cmocka_unit_test(thins_numbers_of_any_spelling),
        cmocka_unit_test(thins_around_what_is_no_number),
        cmocka_unit_test(sends_browsers_to_local_paths_only),
        cmocka_unit_test(writes_problems),
        cmocka_unit_test(hides_what_is_not_the_users_business),
        cmocka_unit_test(reads_the_manifest_of_static_files),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
