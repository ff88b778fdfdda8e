/* Gathering and writing: whatever a socket takes at a time, the peer sees the same FastCGI stream.
 */
#include "out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "strbuf.h"

static struct frame_pool pool;

static struct frame *big_frame(size_t len)
{
    char *text = malloc(len);
    memset(text, 'a', len);
    memcpy(text, "{\"k\":\"", 6);
    memcpy(text + len - 2, "\"}", 2);
    struct frame_part part = {text, len};
    struct cursor from = {0, 0}, to = {1, 0};
    struct frame *f = frame_new(&pool, FRAME_LOGS, 7, from, to, &part, 1);
    free(text);
    return f;
}

/* Takes the records of a response apart: content, and whether the end came. */
static bool unwrap(const struct strbuf *bytes, uint16_t request, struct strbuf *content)
{
    size_t at = 0;
    bool ended = false;
    while (at < bytes->len) {
        const unsigned char *h = (const unsigned char *)bytes->buf + at;
        assert_true(bytes->len - at >= FASTCGI_HEADER);
        size_t len = (size_t)h[4] << 8 | h[5];
        assert_int_equal(h[0], 1);
        assert_int_equal(h[2] << 8 | h[3], request);
        assert_int_equal(h[6], 0);
        assert_false(ended);
        assert_true(bytes->len - at - FASTCGI_HEADER >= len);
        if (h[1] == FASTCGI_STDOUT) {
            assert_true(len > 0);
            strbuf_add(content, h + FASTCGI_HEADER, len);
        } else {
            assert_int_equal(h[1], FASTCGI_END_REQUEST);
            ended = true;
        }
        at += FASTCGI_HEADER + len;
    }
    return ended;
}

/* Sends an out through a socket whose reader takes `step` bytes at a time. */
static void pump(struct out *o, size_t step, struct strbuf *got)
{
    int fds[2], small = 1;
    size_t sent = 0;
    struct out_rest *rest = NULL;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    enum out_result result = out_push(o, fds[0], &sent, &rest);
    out_begin(o, 1); /* the rest must not need it any more */
    char *buffer = malloc(step);
    for (;;) {
        ssize_t n = read(fds[1], buffer, step);
        if (n > 0)
            strbuf_add(got, buffer, (size_t)n);
        if (rest) {
            result = out_resume(rest, fds[0], &sent);
            if (result != OUT_FULL) {
                out_rest_free(rest);
                rest = NULL;
            }
        } else if (n <= 0) {
            break;
        }
    }
    assert_int_equal(result, OUT_DONE);
    assert_int_equal(sent, got->len);
    free(buffer);
    close(fds[0]);
    close(fds[1]);
}

static void test_any_step(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 7, 8, 9, 100, 4096, 70000, 1 << 20};
    struct frame *small = big_frame(100), *big = big_frame(200000);
    struct out *o = out_new();
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct strbuf got = STRBUF_INIT, content = STRBUF_INIT, expected = STRBUF_INIT;
        out_begin(o, 513);
        assert_true(out_one(o, i % 2 ? big : small));
        strbuf_add(&expected, (i % 2 ? big : small)->bytes + (i % 2 ? big : small)->one_at,
                   (i % 2 ? big : small)->len - (i % 2 ? big : small)->one_at);
        if (i % 2 == 0) {
            assert_true(out_text(o, "text", 4));
            assert_true(out_many(o, small, "id: 7@1.0\n", 10));
            strbuf_adds(&expected, "textid: 7@1.0\n");
            strbuf_add(&expected, small->bytes, small->one_at);
            strbuf_add(&expected, small->bytes + small->tail_at, small->len - small->tail_at);
        }
        out_end(o);
        if (steps[i] > 1 || i % 2 == 0)
            pump(o, steps[i], &got);
        assert_true(unwrap(&got, 513, &content));
        assert_int_equal(content.len, expected.len);
        assert_memory_equal(content.buf, expected.buf, expected.len);
        strbuf_release(&got);
        strbuf_release(&content);
        strbuf_release(&expected);
    }
    out_free(o);
    frame_unref(small);
    frame_unref(big);
    assert_int_equal(pool.count, 0);
}

static void test_room(void **state)
{
    (void)state;
    struct frame *half = big_frame(OUT_BYTES / 2 + 100);
    struct out *o = out_new();
    out_begin(o, 1);
    assert_true(out_is_empty(o));
    assert_true(out_one(o, half));
    assert_false(out_one(o, half)); /* the second would not fit */
    assert_true(out_text(o, "x", 1));
    assert_false(out_is_empty(o));
    out_begin(o, 1);
    size_t count = 0;
    struct frame *tiny = big_frame(20);
    while (out_one(o, tiny))
        count++;
    assert_int_equal(count, OUT_PIECES);
    out_free(o);
    frame_unref(tiny);
    frame_unref(half);
}

/* A rest keeps its frames, and no more than the out held. */
static void test_rest_keeps(void **state)
{
    (void)state;
    int fds[2];
    size_t sent = 0;
    struct out_rest *rest = NULL;
    struct out *o = out_new();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    for (;;) {
        struct frame *f = big_frame(30000);
        out_begin(o, 1);
        assert_true(out_one(o, f));
        out_hold(o, f);
        if (out_push(o, fds[0], &sent, &rest) == OUT_FULL)
            break;
    }
    out_begin(o, 1);
    assert_int_equal(pool.count, 1);
    assert_true(out_rest_bytes(rest) <= 64 * 1024);
    close(fds[1]);
    assert_int_equal(out_resume(rest, fds[0], &sent), OUT_GONE);
    out_rest_free(rest);
    assert_int_equal(pool.count, 0);
    close(fds[0]);
    out_free(o);
}

static void test_raw(void **state)
{
    (void)state;
    struct out *o = out_new();
    struct strbuf got = STRBUF_INIT;
    out_begin(o, 1);
    assert_true(out_raw(o, "before", 6));
    assert_true(out_text(o, "x", 1));
    pump(o, 3, &got);
    assert_int_equal(got.len, 6 + 8 + 1);
    assert_memory_equal(got.buf, "before\1\6\0\1\0\1\0\0x", got.len);
    strbuf_release(&got);
    out_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_step),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_rest_keeps),
        cmocka_unit_test(test_raw),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
