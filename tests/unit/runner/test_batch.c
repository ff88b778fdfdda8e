/* Batches: numbering, counts, records, metric points; and that the encoded form comes back as it
 * was. */
#include "batch.h"

#include "feed.h"
#include "journal.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void encode(const struct batch *b, struct strbuf *out)
{
    struct iovec iov[1 + BATCH_SECTIONS];
    batch_encode(b, iov);
    for (size_t i = 0; i < ARRAY_LEN(iov); i++)
        strbuf_add(out, iov[i].iov_base, iov[i].iov_len);
}

static struct batch *again(const struct batch *b)
{
    struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
    struct err e = {0};
    encode(b, &one);
    struct batch *copy = batch_decode(b->run, one.buf, one.len, &e);
    assert_non_null(copy);
    encode(copy, &two);
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.buf, two.buf, one.len);
    strbuf_release(&one);
    strbuf_release(&two);
    return copy;
}

static void say(struct journal *j, const char *text)
{
    struct message m;
    struct err e = {0};
    message_init(&m);
    if (message_parse(&m, text, strlen(text), &e) != 0)
        fail_msg("%s", e.text);
    journal_message(j, &m);
    message_release(&m);
}

static void numbers_lines_and_records(void **state)
{
    (void)state;
    struct journal *j = journal_new(7, 100, 10, 5000);
    assert_true(journal_is_empty(j));
    journal_set_time(j, 1000);
    journal_line(j, CHUNK_STDOUT, "one", 3, 0);
    say(j, "{\"type\":\"result\",\"key\":\"k\",\"value\":0.10}");
    journal_set_time(j, 900); /* the clock was set back */
    journal_line(j, CHUNK_STDERR, "two", 3, 0);
    say(j, "{\"type\":\"log\",\"level\":\"error\",\"message\":\"bad\"}");
    say(j, "{\"type\":\"fact\",\"key\":\"f\",\"value\":[1]}");
    struct batch *b = journal_take(j);
    struct batch *copy = again(b);
    assert_int_equal(copy->head.first_line, 101);
    assert_int_equal(copy->head.last_line, 103);
    assert_int_equal(copy->head.first_record, 11);
    assert_int_equal(copy->head.last_record, 12);
    assert_int_equal(copy->head.last_byte - copy->head.first_byte, 12);
    assert_int_equal(copy->head.levels[CHUNK_INFO], 2);
    assert_int_equal(copy->head.levels[CHUNK_ERROR], 1);
    assert_string_equal(copy->chunk.buf,
                        "{\"first\":101,\"lines\":[[1000,1,\"one\"],\t[1000,1,\"two\",1],\t"
                        "[1000,3,\"bad\",2]]}");
    assert_int_equal(((const int64_t *)(const void *)copy->marks.buf)[0],
                     103 * CHUNK_LEVELS + CHUNK_ERROR);
    assert_int_equal(batch_record_count(copy), 2);
    const struct batch_record *r = batch_record(copy, 0);
    assert_int_equal(r->line, 101);
    static const char body[] =
        "{\"n\":11,\"line\":101,\"kind\":\"result\",\"at\":1000,\"key\":\"k\",\"value\":0.10}";
    assert_int_equal(r->body.len, strlen(body));
    assert_memory_equal(batch_text(copy, r->body), body, r->body.len);
    assert_null(batch_text(copy, r->brief));
    assert_int_equal(batch_record(copy, 1)->line, 103);
    assert_int_equal(journal_next_line(j), 104);
    assert_true(journal_is_empty(j));
    batch_free(b);
    batch_free(copy);
    journal_free(j);
}

static void counts_bytes_as_they_will_be_shown(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len, shown;
    } table[] = {
        {"", 0, 0},
        {"plain", 5, 5},
        {"a\"b\\c", 5, 5},
        {"tab\t", 4, 4},
        {"\x01\x1b[0m", 5, 5},
        {"\0", 1, 3},
        {"\xff", 1, 3},
        {"\xE2\x82", 2, 3},
        {"\xC3\xA9", 2, 2},
        {"\xF0\x9F\x98", 3, 3},
        {"\0\"", 2, 4},
        {"\\\\\\\"", 4, 4},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct journal *j = journal_new(1, 0, 0, 0);
        journal_line(j, CHUNK_STDOUT, table[i].text, table[i].len, 0);
        journal_line(j, CHUNK_STDOUT, table[i].text, table[i].len, CHUNK_CONTINUED);
        struct batch *b = journal_take(j);
        if (b->head.last_byte != (int64_t)(2 * table[i].shown + 1))
            fail_msg("case %zu: %lld", i, (long long)b->head.last_byte);
        batch_free(b);
        journal_free(j);
    }
}

static void cuts_long_messages_into_pieces(void **state)
{
    (void)state;
    struct journal *j = journal_new(1, 0, 0, 0);
    struct strbuf text = STRBUF_INIT;
    strbuf_adds(&text, "{\"type\":\"log\",\"metadata\":{\"a\":1},\"message\":\"");
    for (int i = 0; i < 30000; i++)
        strbuf_adds(&text, "\xE2\x82\xAC");
    strbuf_adds(&text, "\"}");
    say(j, text.buf);
    struct batch *b = journal_take(j);
    assert_int_equal(b->head.last_line, 2);
    assert_int_equal(b->head.last_byte, 90001);
    assert_non_null(strstr(b->chunk.buf, ",2,{\"a\":1},1],\t["));
    assert_string_equal(b->chunk.buf + b->chunk.len - 6, "\",2]]}");
    batch_free(b);
    journal_free(j);
    strbuf_release(&text);
}

static void sends_a_brief_of_a_large_record(void **state)
{
    (void)state;
    struct journal *j = journal_new(7, 0, 1, 0);
    struct strbuf text = STRBUF_INIT;
    strbuf_adds(&text, "{\"type\":\"row\",\"table\":\"t\",\"values\":{\"a\":\"");
    for (int i = 0; i < FEED_RECORD_MAX; i++)
        strbuf_addc(&text, 'x');
    strbuf_adds(&text, "\"}}");
    say(j, text.buf);
    struct batch *b = journal_take(j);
    const struct batch_record *r = batch_record(b, 0);
    char *expected =
        xasprintf("{\"n\":2,\"line\":0,\"kind\":\"row\",\"at\":0,\"table\":\"t\",\"bytes\":%u,"
                  "\"href\":\"/api/v1/runs/7/records/2\"}",
                  r->body.len);
    assert_int_equal(r->brief.len, strlen(expected));
    assert_memory_equal(batch_text(b, r->brief), expected, r->brief.len);
    free(expected);
    batch_free(again(b));
    batch_free(b);
    journal_free(j);
    strbuf_release(&text);
}

static void gathers_points_by_series(void **state)
{
    (void)state;
    struct journal *j = journal_new(1, 0, 0, 0);
    journal_set_time(j, 5);
    say(j, "{\"type\":\"metric\",\"key\":\"a\",\"step\":1,\"value\":0.5}");
    say(j, "{\"type\":\"metric\",\"key\":\"b\",\"step\":1,\"value\":\"NaN\"}");
    say(j, "{\"type\":\"metric\",\"key\":\"a\",\"step\":2.5,\"value\":1e3}");
    assert_false(journal_is_empty(j));
    struct batch *b = journal_take(j), *copy = again(b);
    assert_int_equal(batch_record_count(copy), 1);
    const struct batch_record *r = batch_record(copy, 0);
    static const char body[] =
        "{\"n\":1,\"line\":0,\"kind\":\"metrics\",\"at\":5,\"points\":[[\"a\",1,0.5,5],"
        "[\"b\",1,\"NaN\",5],[\"a\",2.5,1e3,5]]}";
    assert_memory_equal(batch_text(copy, r->body), body, r->body.len);
    assert_int_equal(batch_series_count(copy), 2);
    const struct batch_series *s = batch_series(copy, 0);
    static const char points[] = "{\"points\":[[1,0.5,5],\t[2.5,1e3,5]]}";
    assert_memory_equal(batch_text(copy, s->body), points, s->body.len);
    assert_int_equal(s->points, 2);
    assert_int_equal(s->record, 1);
    assert_true(s->first_step == 1 && s->last_step == 2.5);
    batch_free(b);
    batch_free(copy);
    journal_free(j);
}

static void begins_a_new_record_when_one_is_full_of_points(void **state)
{
    (void)state;
    struct journal *j = journal_new(1, 0, 0, 0);
    char text[100];
    for (int i = 0; i < 20000; i++) {
        snprintf(text, sizeof(text),
                 "{\"type\":\"metric\",\"key\":\"k%d\",\"step\":%d,\"value\":1}", i % 700, i);
        say(j, text);
    }
    struct batch *b = journal_take(j);
    int64_t points = 0;
    assert_true(batch_record_count(b) > 3);
    for (size_t i = 0; i < batch_record_count(b); i++)
        assert_true(batch_record(b, i)->body.len <= FEED_RECORD_MAX);
    for (size_t i = 0; i < batch_series_count(b); i++)
        points += batch_series(b, i)->points;
    assert_int_equal(points, 20000);
    batch_free(b);
    journal_free(j);
}

static void quotes_what_it_refuses(void **state)
{
    (void)state;
    struct journal *j = journal_new(1, 0, 0, 0);
    char text[500];
    memset(text, 'z', sizeof(text));
    journal_refuse(j, text, sizeof(text), "why");
    struct batch *b = journal_take(j);
    assert_non_null(strstr(b->chunk.buf, "[0,2,\"a message was not understood: why: zzz"));
    assert_non_null(strstr(b->chunk.buf, "zzz... (500 bytes)\",2]"));
    assert_true(b->chunk.len < 320);
    batch_free(b);
    journal_free(j);
}

static void refuses_damage(void **state)
{
    (void)state;
    struct journal *j = journal_new(1, 0, 0, 0);
    struct strbuf good = STRBUF_INIT;
    journal_line(j, CHUNK_STDOUT, "a", 1, 0);
    say(j, "{\"type\":\"fact\",\"key\":\"f\",\"value\":[1]}");
    struct batch *b = journal_take(j);
    encode(b, &good);
    for (size_t len = 0; len < good.len; len++)
        assert_null(batch_decode(1, good.buf, len, NULL));
    for (size_t at = 0; at < good.len; at++) { /* whatever is accepted must be safe to walk */
        char *copy = xmalloc(good.len);
        memcpy(copy, good.buf, good.len);
        copy[at] ^= 0x41;
        struct batch *read = batch_decode(1, copy, good.len, NULL);
        for (size_t i = 0; read && i < batch_record_count(read); i++)
            assert_true(batch_text(read, batch_record(read, i)->body) != NULL);
        batch_free(read);
        free(copy);
    }
    batch_free(b);
    journal_free(j);
    strbuf_release(&good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_lines_and_records),
        cmocka_unit_test(counts_bytes_as_they_will_be_shown),
        cmocka_unit_test(cuts_long_messages_into_pieces),
        cmocka_unit_test(sends_a_brief_of_a_large_record),
        cmocka_unit_test(gathers_points_by_series),
        cmocka_unit_test(begins_a_new_record_when_one_is_full_of_points),
        cmocka_unit_test(quotes_what_it_refuses),
        cmocka_unit_test(refuses_damage),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
