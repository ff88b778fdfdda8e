/* Messages through Redis. */
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static int parse(const char *s, struct feed_head *head, struct err *e)
{
    return feed_parse(s, strlen(s), head, e);
}

static void reads_the_batch_it_wrote(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    struct feed_head head;
    feed_put_batch(&sb, 3, 101, 200, 6, 5);
    assert_string_equal(sb.buf, "B 3 101 200 6 5\n");
    strbuf_adds(&sb, "{}\nrest");
    assert_int_equal(feed_parse(sb.buf, sb.len, &head, NULL), 0);
    assert_int_equal(head.kind, FEED_BATCH);
    assert_int_equal(head.epoch, 3);
    assert_int_equal(head.first_line, 101);
    assert_int_equal(head.last_line, 200);
    assert_int_equal(head.first_record, 6);
    assert_int_equal(head.last_record, 5);
    assert_int_equal(head.rest_len, 7);
    assert_memory_equal(head.rest, "{}\nrest", 7);
    strbuf_release(&sb);
}

static void reads_progress_and_preview(void **state)
{
    (void)state;
    struct feed_head head;
    assert_int_equal(parse("P\n{\"current\":1}", &head, NULL), 0);
    assert_int_equal(head.kind, FEED_IS_PROGRESS);
    assert_int_equal(head.rest_len, 13);
    assert_int_equal(parse("V\n", &head, NULL), 0);
    assert_int_equal(head.kind, FEED_IS_PREVIEW);
    assert_int_equal(head.rest_len, 0);
}

static void refuses_other_messages(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "P",
                                      "\n",
                                      "X\n",
                                      "PP\n",
                                      "B\n",
                                      "B 1 1 1 1\n",
                                      "B 1 1 1 1 1",
                                      "B 1 1 1 1 1 1\n",
                                      "B  1 1 1 1 1\n",
                                      "B 1 0 1 1 1\n",
                                      "B 1 5 3 1 0\n",
                                      "B 1 1 0 5 3\n",
                                      "B -1 1 0 1 0\n",
                                      "B 1 1 0 1 x\n"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        struct feed_head head;
        assert_int_equal(parse(bad[i], &head, &e), -1);
        assert_int_equal(e.code, ERR_INVALID);
    }
}

static int place(const char *s, int64_t *n, int64_t *line)
{
    return feed_record_place(s, strlen(s), n, line, NULL);
}

static void reads_a_records_place(void **state)
{
    (void)state;
    int64_t n = 0, line = 0;
    assert_int_equal(place("{\"n\":12,\"line\":1500,\"kind\":\"result\"}", &n, &line), 0);
    assert_int_equal(n, 12);
    assert_int_equal(line, 1500);
    assert_int_equal(place("{\"n\":9223372036854775807,\"line\":0,", &n, &line), 0);
    assert_true(n == INT64_MAX);
}

static void refuses_records_without_place(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "{}",
                                      "{\"n\":",
                                      "{\"n\":1}",
                                      "{\"n\":0,\"line\":1,",
                                      "{\"n\":-1,\"line\":1,",
                                      "{\"n\":1,\"line\":-1,",
                                      "{\"line\":1,\"n\":1,",
                                      "{\"n\":99999999999999999999999999,\"line\":1,"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t n = 7, line = 7;
        assert_int_equal(place(bad[i], &n, &line), -1);
        assert_int_equal(n, 7);
        assert_int_equal(line, 7);
    }
}

static int64_t run_of(const char *name)
{
    return feed_run_of(name, strlen(name), FEED_CHANNEL);
}

static void finds_the_run_of_a_name(void **state)
{
    (void)state;
    assert_int_equal(run_of("athanor:run:7"), 7);
    assert_int_equal(run_of("athanor:run:"), -1);
    assert_int_equal(run_of("athanor:run:0"), -1);
    assert_int_equal(run_of("athanor:run:7x"), -1);
    assert_int_equal(run_of("athanor:progress:7"), -1);
    assert_int_equal(run_of("athanor"), -1);
    assert_int_equal(feed_run_of("athanor:preview:12", 18, FEED_PREVIEW), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_batch_it_wrote),
        cmocka_unit_test(reads_progress_and_preview),
        cmocka_unit_test(refuses_other_messages),
        cmocka_unit_test(reads_a_records_place),
        cmocka_unit_test(refuses_records_without_place),
        cmocka_unit_test(finds_the_run_of_a_name),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
