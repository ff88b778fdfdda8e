/* Whether the start of a FastCGI connection is all there. */
#include "gateway_head.h"
#include "strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { BEGIN = 1, PARAMS = 4, STDIN = 5, CAP = 65536 };

static void add(struct strbuf *sb, int type, size_t content, size_t padding)
{
    const unsigned char h[8] = {1,
                                (unsigned char)type,
                                0,
                                1,
                                (unsigned char)(content >> 8),
                                (unsigned char)content,
                                (unsigned char)padding,
                                0};
    strbuf_add(sb, h, sizeof(h));
    for (size_t i = 0; i < content + padding; i++)
        strbuf_addc(sb, 'x');
}

static enum gateway_head look(const struct strbuf *sb, size_t len)
{
    return gateway_head_look((const unsigned char *)sb->buf, len, CAP);
}

static void waits_for_every_byte(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    add(&sb, BEGIN, 8, 0);
    add(&sb, PARAMS, 300, 4);
    add(&sb, PARAMS, 0, 0);
    add(&sb, STDIN, 20, 4);
    size_t whole = sb.len;
    add(&sb, STDIN, 0, 0);
    for (size_t len = 1; len < sb.len; len++)
        assert_int_equal(look(&sb, len), GATEWAY_HEAD_MORE);
    assert_int_equal(look(&sb, sb.len), GATEWAY_HEAD_READY);
    assert_true(whole < sb.len);
    strbuf_release(&sb);
}

static void takes_the_start_of_a_large_body(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    add(&sb, BEGIN, 8, 0);
    add(&sb, PARAMS, 300, 0);
    add(&sb, PARAMS, 0, 0);
    add(&sb, STDIN, 65535, 1);
    add(&sb, STDIN, 65535, 1);
    assert_int_equal(look(&sb, CAP - 1), GATEWAY_HEAD_MORE);
    assert_int_equal(look(&sb, CAP), GATEWAY_HEAD_READY);
    strbuf_release(&sb);
}

static void waits_for_no_body_that_is_streamed(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    add(&sb, BEGIN, 8, 0);
    size_t at = sb.len + 8;
    add(&sb, PARAMS, 100, 4);
    memcpy(sb.buf + at + 50, GATEWAY_HEAD_STREAMED, sizeof(GATEWAY_HEAD_STREAMED) - 1);
    assert_int_equal(look(&sb, sb.len), GATEWAY_HEAD_MORE);
    add(&sb, PARAMS, 0, 0);
    assert_int_equal(look(&sb, sb.len - 1), GATEWAY_HEAD_MORE);
    assert_int_equal(look(&sb, sb.len), GATEWAY_HEAD_READY);
    strbuf_release(&sb);
}

static void refuses_what_is_not_fastcgi(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    assert_int_equal(gateway_head_look((const unsigned char *)"GET / HTTP/1.1", 14, CAP),
                     GATEWAY_HEAD_BAD);
    assert_int_equal(gateway_head_look((const unsigned char *)"\x01\x05", 2, CAP),
                     GATEWAY_HEAD_BAD);
    assert_int_equal(gateway_head_look((const unsigned char *)"\x01", 1, CAP), GATEWAY_HEAD_MORE);
    add(&sb, BEGIN, 8, 0);
    strbuf_adds(&sb, "HTTP");
    assert_int_equal(look(&sb, sb.len), GATEWAY_HEAD_BAD);
    strbuf_reset(&sb);
    add(&sb, BEGIN, 8, 0);
    add(&sb, PARAMS, 65535, 0);
    assert_int_equal(look(&sb, CAP), GATEWAY_HEAD_BAD); /* parameters without an end */
    strbuf_release(&sb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_for_every_byte),
        cmocka_unit_test(takes_the_start_of_a_large_body),
        cmocka_unit_test(waits_for_no_body_that_is_streamed),
        cmocka_unit_test(refuses_what_is_not_fastcgi),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
