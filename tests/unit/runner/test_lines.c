/* Cutting bytes into lines, in every way of handing them over. */
#include "lines.h"

#include "chunk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Lines are shown as text|, pieces that go on as text+. */
static void show(void *arg, const char *text, size_t len, int flags)
{
    struct strbuf *out = arg;
    strbuf_add(out, text, len);
    strbuf_addc(out, flags & CHUNK_CONTINUED ? '+' : '|');
}

static void cut(const char *data, size_t len, size_t step, struct strbuf *out)
{
    struct lines l;
    lines_init(&l);
    for (size_t at = 0; at < len; at += step) {
        /* a copy of its own, so that reading beyond it is found */
        size_t part = MIN(step, len - at);
        char *copy = xmalloc(part);
        memcpy(copy, data + at, part);
        lines_feed(&l, copy, part, show, out);
        free(copy);
    }
    lines_end(&l, show, out);
    lines_release(&l);
}

static const struct {
    const char *data, *lines;
} cases[] = {
    {"", ""},
    {"\n", "|"},
    {"a\nb\n", "a|b|"},
    {"a\nb", "a|b|"},
    {"a\r\nb\r\n", "a|b|"},
    {"a\r\r\n", "a|"},
    {"1%\r2%\r3%\n", "3%|"},
    {"1%\r2%\r", "2%|"},
    {"1%\r2%\r\nx", "2%|x|"},
    {"\r\n", "|"},
    {"\r", "|"},
    {"\rabc\n", "abc|"},
    {"abc\r\n\n\r\n", "abc|||"},
    {"a\rb\rc", "c|"},
    {"gone\rkept\nnext\n", "kept|next|"},
};

static void cuts_however_it_comes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t step = 1; step <= 5; step++) {
            struct strbuf out = STRBUF_INIT;
            cut(cases[i].data, strlen(cases[i].data), step, &out);
            if (strcmp(out.buf, cases[i].lines) != 0)
                fail_msg("case %zu by %zu: %s", i, step, out.buf);
            strbuf_release(&out);
        }
    }
}

static void keeps_nul_bytes(void **state)
{
    (void)state;
    struct strbuf out = STRBUF_INIT;
    cut("a\0b\nc", 5, 2, &out);
    assert_int_equal(out.len, 6);
    assert_memory_equal(out.buf, "a\0b|c|", 6);
    strbuf_release(&out);
}

/* The lengths of the pieces of `count` times `unit`, followed by an end. */
static void piece_lengths(const char *unit, size_t count, size_t step, struct strbuf *lengths)
{
    struct strbuf data = STRBUF_INIT, out = STRBUF_INIT;
    for (size_t i = 0; i < count; i++)
        strbuf_adds(&data, unit);
    strbuf_addc(&data, '\n');
    cut(data.buf, data.len, step, &out);
    for (const char *at = out.buf; *at;) {
        size_t len = strcspn(at, "+|");
        strbuf_addf(lengths, "%zu%c", len, at[len]);
        at += len + 1;
    }
    strbuf_release(&data);
    strbuf_release(&out);
}

static void cuts_long_lines_between_characters(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        size_t count;
        const char *lengths;
    } table[] = {
        {"x", 65536, "65536|"},
        {"x", 65537, "65536+1|"},
        {"x", 200000, "65536+65536+65536+3392|"},
        {"\xC3\xA9", 32768, "65536|"},
        {"\xE2\x82\xAC", 30000, "65535+24465|"},
        {"\xF0\x9F\x98\x80", 20000, "65536+14464|"},
        {"\x80", 65540, "65536+4|"}, /* no character begins anywhere */
    };
    static const size_t steps[] = {1000, 4096, 65536, 300000};
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        for (size_t k = 0; k < ARRAY_LEN(steps); k++) {
            struct strbuf lengths = STRBUF_INIT;
            piece_lengths(table[i].unit, table[i].count, steps[k], &lengths);
            assert_string_equal(lengths.buf, table[i].lengths);
            strbuf_release(&lengths);
        }
    }
}

static void holds_little_of_an_endless_line(void **state)
{
    (void)state;
    struct lines l;
    struct strbuf out = STRBUF_INIT;
    char block[8192];
    lines_init(&l);
    memset(block, 'x', sizeof(block));
    for (int i = 0; i < 1000; i++) {
        lines_feed(&l, block, sizeof(block), show, &out);
        assert_true(l.partial.len <= CHUNK_LINE_MAX + 1);
        strbuf_reset(&out);
    }
    block[sizeof(block) - 1] = '\r';
    for (int i = 0; i < 1000; i++) {
        lines_feed(&l, block, sizeof(block), show, &out);
        assert_true(l.partial.len <= CHUNK_LINE_MAX + 1);
    }
    lines_release(&l);
    strbuf_release(&out);
}

static void previews_what_a_terminal_would_show(void **state)
{
    (void)state;
    struct lines l;
    struct strbuf out = STRBUF_INIT;
    const char *text;
    size_t len;
    lines_init(&l);
    lines_feed(&l, "a\n10%\r20%", 9, show, &out);
    lines_preview(&l, &text, &len);
    assert_int_equal(len, 3);
    assert_memory_equal(text, "20%", 3);
    lines_feed(&l, "\r", 1, show, &out);
    lines_preview(&l, &text, &len);
    assert_memory_equal(text, "20%", 3);
    lines_feed(&l, "\n", 1, show, &out);
    lines_preview(&l, &text, &len);
    assert_int_equal(len, 0);
    assert_string_equal(out.buf, "a|20%|");
    lines_release(&l);
    strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_however_it_comes),
        cmocka_unit_test(keeps_nul_bytes),
        cmocka_unit_test(cuts_long_lines_between_characters),
        cmocka_unit_test(holds_little_of_an_endless_line),
        cmocka_unit_test(previews_what_a_terminal_would_show),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
