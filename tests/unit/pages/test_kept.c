/* Answers that are given again while nothing has changed. */
#include "kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void put(struct kept *k, const char *key, const char *stamp, const char *text)
{
    struct strbuf body = STRBUF_INIT;
    strbuf_adds(&body, text);
    kept_put(k, key, stamp, "text/html", &body, 3);
    strbuf_release(&body);
}

static void gives_what_was_put(void **state)
{
    (void)state;
    struct kept *k = kept_new();
    assert_null(kept_find(k, "/a", "1"));
    put(k, "/a", "1", "first");
    put(k, "/b", "1", "other");
    const struct kept_answer *a = kept_find(k, "/a", "1");
    assert_non_null(a);
    assert_string_equal(a->body.buf, "first");
    assert_string_equal(a->type, "text/html");
    assert_int_equal(a->now_at, 3);
    assert_string_equal(kept_find(k, "/b", "1")->body.buf, "other");
    kept_free(k);
}

static void another_stamp_is_another_answer(void **state)
{
    (void)state;
    struct kept *k = kept_new();
    put(k, "/a", "1", "old");
    assert_null(kept_find(k, "/a", "2"));
    put(k, "/a", "2", "new");
    assert_string_equal(kept_find(k, "/a", "2")->body.buf, "new");
    assert_null(kept_find(k, "/a", "1"));
    kept_free(k);
}

static void what_was_not_asked_for_longest_makes_room(void **state)
{
    (void)state;
    struct kept *k = kept_new();
    char key[16];
    for (int i = 0; i < KEPT_ANSWERS; i++) {
        snprintf(key, sizeof(key), "/%d", i);
        put(k, key, "1", key);
    }
    assert_non_null(kept_find(k, "/0", "1"));
    put(k, "/more", "1", "more");
    assert_non_null(kept_find(k, "/0", "1"));
    assert_null(kept_find(k, "/1", "1"));
    assert_non_null(kept_find(k, "/2", "1"));
    kept_free(k);
}

static void bytes_are_bounded(void **state)
{
    (void)state;
    struct kept *k = kept_new();
    struct strbuf body = STRBUF_INIT;
    strbuf_grow(&body, KEPT_BYTES + 1);
    memset(body.buf, 'x', KEPT_BYTES + 1);
    body.len = KEPT_BYTES + 1;
    kept_put(k, "/large", "1", "text/html", &body, 0);
    assert_null(kept_find(k, "/large", "1"));
    body.len = KEPT_BYTES / 2;
    for (int i = 0; i < 3; i++)
        kept_put(k, (const char *[]){"/1", "/2", "/3"}[i], "1", "text/html", &body, 0);
    assert_null(kept_find(k, "/1", "1"));
    assert_non_null(kept_find(k, "/2", "1"));
    assert_non_null(kept_find(k, "/3", "1"));
    body.len = KEPT_BYTES;
    kept_put(k, "/3", "2", "text/html", &body, 0);
    assert_null(kept_find(k, "/2", "1"));
    assert_int_equal(kept_find(k, "/3", "2")->body.len, KEPT_BYTES);
    strbuf_release(&body);
    kept_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_was_put),
        cmocka_unit_test(another_stamp_is_another_answer),
        cmocka_unit_test(what_was_not_asked_for_longest_makes_room),
        cmocka_unit_test(bytes_are_bounded),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
