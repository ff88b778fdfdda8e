/* Frames come out the same however their bytes are cut, and what has no end never happened. */
#include "sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void note(void *arg, const struct sse_frame *frame)
{
    strbuf_addf(arg, "[%s|%.*s]", frame->event, (int)frame->len, frame->data);
}

/* The frames of the text, given in pieces of `step` bytes, and the last id behind them. */
static void check(const char *text, size_t step, const char *frames, const char *last_id)
{
    struct strbuf out = STRBUF_INIT;
    struct sse s;
    struct err e = {0};
    sse_init(&s, note, &out);
    for (size_t at = 0, len = strlen(text); at < len; at += step)
        assert_int_equal(sse_push(&s, text + at, MIN(step, len - at), &e), 0);
    assert_string_equal(out.buf, frames);
    assert_string_equal(s.last_id.buf, last_id);
    sse_release(&s);
    strbuf_release(&out);
}

static void check_all(const char *text, const char *frames, const char *last_id)
{
    for (size_t step = 1; step <= strlen(text); step++)
        check(text, step, frames, last_id);
}

static void frames_do_not_depend_on_cuts(void **state)
{
    (void)state;
    check_all("retry: 10\n\nid: 1.0\nevent: logs\ndata: {}\n\n", "[logs|{}]", "1.0");
    check_all("data: a\ndata:b\ndata\n\ndata: c\n\n", "[message|a\nb\n][message|c]", "");
    check_all(": comment\nunknown: x\nid: 7\n\nevent: e\n\ndata: d\n\n", "[message|d]", "7");
    check_all("id: 1\r\ndata: a\r\n\r\nid: 2\rdata: b\r\r", "[message|a][message|b]", "2");
    check_all("data:  two spaces\n\n", "[message| two spaces]", "");
}

static void what_has_no_end_never_happened(void **state)
{
    (void)state;
    check_all("id: 1\ndata: a\n\nid: 2\ndata: b\n", "[message|a]", "1");
    struct strbuf out = STRBUF_INIT;
    struct sse s;
    struct err e;
    sse_init(&s, note, &out);
    assert_int_equal(sse_push(&s, "id: 1\ndata: a\n\nid: 2\nda", 24, &e), 0);
    sse_reset(&s);
    assert_int_equal(sse_push(&s, "data: c\n\n", 9, &e), 0);
    assert_string_equal(out.buf, "[message|a][message|c]");
    assert_string_equal(s.last_id.buf, "1");
    sse_release(&s);
    strbuf_release(&out);
}

static void retry_is_a_number(void **state)
{
    (void)state;
    struct sse s;
    struct err e;
    struct strbuf out = STRBUF_INIT;
    sse_init(&s, note, &out);
    assert_int_equal(sse_push(&s, "retry: 1830\n", 12, &e), 0);
    assert_int_equal(s.retry_ms, 1830);
    assert_int_equal(sse_push(&s, "retry: soon\nretry: -1\n", 22, &e), 0);
    assert_int_equal(s.retry_ms, 1830);
    sse_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_do_not_depend_on_cuts),
        cmocka_unit_test(what_has_no_end_never_happened),
        cmocka_unit_test(retry_is_a_number),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
