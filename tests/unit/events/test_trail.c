/* Frames, trails, the order of lines and records, and what a batch does to a ring. */
#include "batch.h"
#include "merge.h"
#include "trail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct frame_pool pool;

static int no_frame_is_left(void **state)
{
    (void)state;
    assert_int_equal(pool.count, 0);
    assert_int_equal(pool.bytes, 0);
    return 0;
}

static void put_chunk(struct strbuf *out, int64_t first, int count)
{
    strbuf_addf(out, "{\"first\":%lld,\"lines\":[", (long long)first);
    for (int i = 0; i < count; i++)
        strbuf_addf(out, "%s[1,1,\"%lld\"]", i ? ",\t" : "", (long long)first + i);
    strbuf_adds(out, "]}");
}

static char *put_record(int64_t n, int64_t line)
{
    return xasprintf(
        "{\"n\":%lld,\"line\":%lld,\"kind\":\"fact\",\"at\":1,\"key\":\"k\",\"value\":1}",
        (long long)n, (long long)line);
}

/* What a trail holds, in short: `1-3` lines, `#2@3` record 2 of line 3. */
static char *shape(const struct trail *t)
{
    struct strbuf out = STRBUF_INIT;
    for (uint64_t seq = t->seq; trail_get(t, seq); seq++) {
        const struct frame *f = trail_get(t, seq);
        strbuf_adds(&out, out.len ? " " : "");
        if (f->kind == FRAME_LOGS)
            strbuf_addf(&out, "%lld-%lld", (long long)f->from.line + 1, (long long)f->to.line);
        else
            strbuf_addf(&out, "#%lld@%lld", (long long)f->to.record, (long long)f->to.line);
    }
    return strbuf_detach(&out, NULL);
}

static void assert_shape(const struct trail *t, const char *expected)
{
    char *got = shape(t);
    assert_string_equal(got, expected);
    free(got);
}

struct input {
    struct strbuf chunks[4];
    struct frame_part parts[4];
    char *texts[8];
    struct merge_record records[8];
    struct merge m;
};

static struct input *input_new(void)
{
    struct input *in = calloc(1, sizeof(*in));
    in->m = (struct merge){.run = 7, .pool = &pool, .chunks = in->parts, .records = in->records};
    return in;
}

static void add_chunk(struct input *in, int64_t first, int count)
{
    size_t n = in->m.chunk_count++;
    strbuf_init(&in->chunks[n]);
    put_chunk(&in->chunks[n], first, count);
    in->parts[n] = (struct frame_part){in->chunks[n].buf, in->chunks[n].len};
}

static void add_record(struct input *in, int64_t number, int64_t line)
{
    size_t n = in->m.record_count++;
    in->texts[n] = put_record(number, line);
    in->records[n] = (struct merge_record){number, line, in->texts[n], strlen(in->texts[n])};
}

static void input_free(struct input *in)
{
    for (size_t i = 0; i < in->m.chunk_count; i++)
        strbuf_release(&in->chunks[i]);
    for (size_t i = 0; i < in->m.record_count; i++)
        free(in->texts[i]);
    free(in);
}

/* Merges from a place and compares. */
static void check(const struct input *in, struct cursor from, int result, const char *expected)
{
    struct trail t;
    struct err e = {0};
    trail_init(&t, from);
    assert_int_equal(merge(&in->m, &t, &e), result);
    assert_shape(&t, expected);
    trail_release(&t);
}

static void test_order(void **state)
{
    (void)state;
    struct input *in = input_new();
    add_chunk(in, 1, 3);
    add_chunk(in, 4, 2);
    add_record(in, 1, 0);
    add_record(in, 2, 2);
    add_record(in, 3, 2);
    add_record(in, 4, 5);
    check(in, (struct cursor){0, 0}, 0, "#1@0 1-2 #2@2 #3@2 3-5 #4@5");
    check(in, (struct cursor){2, 2}, 0, "#3@2 3-5 #4@5");
    check(in, (struct cursor){1, 1}, 0, "2-2 #2@2 #3@2 3-5 #4@5");
    check(in, (struct cursor){5, 4}, 0, "");
    check(in, (struct cursor){4, 0}, 0,
          "#1@4 #2@4 #3@4 5-5 #4@5"); /* off the way, and back on it */
    check(in, (struct cursor){0, 3}, 0, "1-5 #4@5");
    in->m.more_records = true;
    check(in, (struct cursor){0, 0}, 0, "#1@0 1-2 #2@2 #3@2 3-5 #4@5");
    in->m.record_count = 3;
    check(in, (struct cursor){0, 0}, 0, "#1@0 1-2 #2@2 #3@2");
    in->m.record_count = 4;
    input_free(in);
}

static void test_incomplete(void **state)
{
    (void)state;
    struct input *in = input_new();
    add_chunk(in, 1, 3);
    add_record(in, 1, 2);
    add_record(in, 2, 9); /* its line is not here yet */
    check(in, (struct cursor){0, 0}, 0, "1-2 #1@2 3-3");
    input_free(in);
}

static void test_holes(void **state)
{
    (void)state;
    struct input *in = input_new();
    add_chunk(in, 1, 2);
    add_chunk(in, 4, 2);
    check(in, (struct cursor){0, 0}, -1, "1-2");
    check(in, (struct cursor){3, 0}, 0, "4-5");
    input_free(in);
    in = input_new();
    add_chunk(in, 1, 2);
    add_record(in, 2, 1);
    check(in, (struct cursor){0, 0}, -1, "");
    input_free(in);
    in = input_new();
    in->m.chunk_count = 1;
    in->parts[0] = (struct frame_part){"{\"first\":1,\"lines\":[[1],[2]]}", 28};
    in->m.chunk_count = 0;
    input_free(in);
}

static void test_large_chunks_are_cut(void **state)
{
    (void)state;
    struct input *in = input_new();
    add_chunk(in, 1, 20000);
    struct trail t;
    trail_init(&t, (struct cursor){0, 0});
    assert_int_equal(merge(&in->m, &t, NULL), 0);
    assert_true(trail_count(&t) > 3);
    assert_int_equal(t.to.line, 20000);
    for (uint64_t seq = 0; trail_get(&t, seq); seq++)
        assert_true(trail_get(&t, seq)->len <= FRAME_LINES_MAX + 256);
    trail_release(&t);
    input_free(in);
}

static void test_small_chunks_are_joined(void **state)
{
    (void)state;
    struct frame_part parts[100];
    struct strbuf chunks[100];
    for (int i = 0; i < 100; i++) {
        strbuf_init(&chunks[i]);
        put_chunk(&chunks[i], i + 1, 1);
        parts[i] = (struct frame_part){chunks[i].buf, chunks[i].len};
    }
    struct merge m = {.run = 7, .pool = &pool, .chunks = parts, .chunk_count = 100};
    struct trail t;
    trail_init(&t, (struct cursor){0, 0});
    assert_int_equal(merge(&m, &t, NULL), 0);
    assert_shape(&t, "1-64 65-100");
    size_t len;
    const char *data = frame_data(trail_get(&t, 1), &len);
    static const char head[] = "{\"first\":65,\"lines\":[[1,1,\"65\"],\t[1,1,\"66\"]";
    assert_memory_equal(data, head, sizeof(head) - 1);
    assert_memory_equal(data + len - 2, "]}", 2);
    trail_release(&t);
    for (int i = 0; i < 100; i++)
        strbuf_release(&chunks[i]);
}

static void test_both_forms(void **state)
{
    (void)state;
    struct frame_part part = {"{\"a\":1}", 7}, empty = {"{}", 2};
    struct cursor from = {5, 1}, to = {5, 2};
    struct frame *f = frame_new(&pool, FRAME_RECORD, 7, from, to, &part, 1);
    static const char one[] = "id: 5.2\nevent: record\ndata: {\"a\":1}\n\n";
    assert_int_equal(f->len - f->one_at, sizeof(one) - 1);
    assert_memory_equal(f->bytes + f->one_at, one, sizeof(one) - 1);
    assert_int_equal(f->one_at, strlen("event: record\ndata: {\"run\":7,"));
    assert_memory_equal(f->bytes, "event: record\ndata: {\"run\":7,", f->one_at);
    assert_memory_equal(f->bytes + f->tail_at, "\"a\":1}\n\n", f->len - f->tail_at);
    frame_unref(f);
    f = frame_new(&pool, FRAME_PROGRESS, 7, from, from, &empty, 1);
    assert_memory_equal(f->bytes, "event: progress\ndata: {\"run\":7event: progress\ndata: {}\n\n",
                        f->len);
    frame_unref(f);
}

static void test_finding(void **state)
{
    (void)state;
    struct input *in = input_new();
    add_chunk(in, 1, 5);
    add_record(in, 1, 3);
    add_record(in, 2, 3);
    struct trail t;
    uint64_t seq;
    trail_init(&t, (struct cursor){0, 0});
    assert_int_equal(merge(&in->m, &t, NULL), 0); /* 1-3 #1@3 #2@3 4-5 */
    assert_int_equal(trail_find(&t, (struct cursor){0, 0}, &seq), TRAIL_AT);
    assert_int_equal(seq, 0);
    assert_int_equal(trail_find(&t, (struct cursor){2, 0}, &seq), TRAIL_INSIDE);
    assert_int_equal(seq, 0);
    assert_int_equal(trail_find(&t, (struct cursor){3, 1}, &seq), TRAIL_AT);
    assert_int_equal(seq, 2);
    assert_int_equal(trail_find(&t, (struct cursor){4, 2}, &seq), TRAIL_INSIDE);
    assert_int_equal(seq, 3);
    assert_int_equal(trail_find(&t, (struct cursor){5, 2}, &seq), TRAIL_END);
    assert_int_equal(seq, 4);
    static const struct cursor off[] = {{2, 1}, {4, 1}, {0, 2}, {5, 0},
                                        {6, 2}, {5, 3}, {4, 0}, {9, 9}};
    for (size_t i = 0; i < ARRAY_LEN(off); i++)
        assert_int_equal(trail_find(&t, off[i], &seq), TRAIL_NONE);
    trail_shift(&t);
    assert_int_equal(trail_find(&t, (struct cursor){2, 0}, &seq), TRAIL_NONE);
    assert_int_equal(trail_find(&t, (struct cursor){3, 0}, &seq), TRAIL_AT);
    assert_int_equal(seq, 1);
    assert_null(trail_get(&t, 0));
    assert_non_null(trail_get(&t, 3));
    assert_null(trail_get(&t, 4));
    trail_release(&t);
    assert_int_equal(t.bytes, 0);
    input_free(in);
}

static void test_following(void **state)
{
    (void)state;
    struct input *in = input_new();
    add_chunk(in, 1, 5);
    add_record(in, 1, 3);
    struct trail page, ring;
    trail_init(&page, (struct cursor){0, 0});
    assert_int_equal(merge(&in->m, &page, NULL), 0); /* 1-3 #1@3 4-5 */
    trail_init(&ring, (struct cursor){2, 0});
    assert_int_equal(trail_follow(&ring, &page, 7), 3);
    assert_shape(&ring, "3-3 #1@3 4-5");
    size_t len;
    assert_string_equal(strndupa(frame_data(trail_get(&ring, 0), &len), 33),
                        "{\"first\":3,\"lines\":[[1,1,\"3\"]]}\n\n");
    assert_int_equal(trail_follow(&ring, &page, 7), 0);
    trail_release(&ring);
    trail_init(&ring, (struct cursor){2, 1}); /* not on the way */
    assert_int_equal(trail_follow(&ring, &page, 7), 0);
    trail_release(&ring);
    trail_release(&page);
    input_free(in);
}

/* A ring takes more than it ever holds: its array does not grow for ever. */
static void test_ring_turns(void **state)
{
    (void)state;
    struct trail t;
    struct frame_part part = {"{\"n\":1}", 7};
    trail_init(&t, (struct cursor){0, 0});
    for (int64_t i = 0; i < 10000; i++) {
        struct cursor to = {0, i + 1};
        trail_push(&t, frame_new(&pool, FRAME_RECORD, 7, t.to, to, &part, 1));
        if (trail_count(&t) > 10)
            trail_shift(&t);
    }
    assert_true(t.cap <= 64);
    assert_int_equal(t.seq, 9990);
    assert_int_equal(t.from.record, 9990);
    trail_release(&t);
}

static int follow(struct trail *ring, const char *message, size_t len)
{
    struct feed_head head;
    struct err e = {0};
    assert_int_equal(feed_parse(message, len, &head, &e), 0);
    return batch_follow(&head, &pool, 7, ring, &e);
}

/* `B` with these numbers, its chunk, and records all of one line. */
static void put_batch(struct strbuf *out, int64_t first, int lines, int64_t first_record,
                      int records, int64_t line)
{
    feed_put_batch(out, 1, first, first + lines - 1, first_record, first_record + records - 1);
    if (lines)
        put_chunk(out, first, lines);
    for (int i = 0; i < records; i++) {
        char *text = put_record(first_record + i, line);
        strbuf_addf(out, "%s%s", lines || i ? "\n" : "", text);
        free(text);
    }
}

static void test_batches(void **state)
{
    (void)state;
    struct trail ring;
    struct strbuf b = STRBUF_INIT;
    trail_init(&ring, (struct cursor){0, 1});
    put_batch(&b, 1, 3, 2, 2, 1);
    assert_int_equal(follow(&ring, b.buf, b.len), 0);
    assert_shape(&ring, "1-1 #2@1 #3@1 2-3");
    assert_int_equal(follow(&ring, b.buf, b.len), 0); /* again: nothing new */
    assert_shape(&ring, "1-1 #2@1 #3@1 2-3");
    strbuf_reset(&b);
    put_batch(&b, 4, 0, 4, 1, 3);
    assert_int_equal(follow(&ring, b.buf, b.len), 0);
    strbuf_reset(&b);
    put_batch(&b, 5, 1, 5, 0, 0); /* line 4 is missing */
    assert_int_equal(follow(&ring, b.buf, b.len), 0);
    assert_shape(&ring, "1-1 #2@1 #3@1 2-3 #4@3");
    trail_release(&ring);
    trail_init(&ring, (struct cursor){2, 3}); /* the ring was read up to the middle of a batch */
    strbuf_reset(&b);
    put_batch(&b, 1, 3, 2, 2, 1);
    assert_int_equal(follow(&ring, b.buf, b.len), 0);
    assert_shape(&ring, "3-3");
    trail_release(&ring);
    strbuf_release(&b);
}

static void test_broken_batches(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "B 1 1 2 1 0\n",
        "B 1 1 2 1 1\n{\"first\":1,\"lines\":[[1,1,\"a\"],\t[1,1,\"b\"]]}",
        "B 1 1 0 1 1\n{\"line\":1}",
        "B 1 1 0 1 9223372036854775807\n{\"n\":1,\"line\":0,}",
        "B 1 1 1 1 0\n{\"first\":2,\"lines\":[[1,1,\"a\"]]}",
        "B 1 1 1 1 0\nnothing",
        "B 1 1 0 1 2\n{\"n\":1,\"line\":0,\"kind\":1}\n{\"n\":3,\"line\":0,\"kind\":1}",
    };
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct trail ring;
        trail_init(&ring, (struct cursor){0, 0});
        assert_int_equal(follow(&ring, broken[i], strlen(broken[i])), -1);
        trail_release(&ring);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_order, no_frame_is_left),
        cmocka_unit_test_teardown(test_incomplete, no_frame_is_left),
        cmocka_unit_test_teardown(test_holes, no_frame_is_left),
        cmocka_unit_test_teardown(test_large_chunks_are_cut, no_frame_is_left),
        cmocka_unit_test_teardown(test_small_chunks_are_joined, no_frame_is_left),
        cmocka_unit_test_teardown(test_both_forms, no_frame_is_left),
        cmocka_unit_test_teardown(test_finding, no_frame_is_left),
        cmocka_unit_test_teardown(test_following, no_frame_is_left),
        cmocka_unit_test_teardown(test_ring_turns, no_frame_is_left),
        cmocka_unit_test_teardown(test_batches, no_frame_is_left),
        cmocka_unit_test_teardown(test_broken_batches, no_frame_is_left),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
