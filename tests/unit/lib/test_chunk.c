/* Runs of log lines as one JSON text. */
#include "chunk.h"

#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const char three[] = "{\"first\":101,\"lines\":[[5,1,\"a\"],\t[6,2,\"b\\tc\",1],\t"
                            "[7,3,\"d\",2,{\"k\":[1,2]},1]]}";

static struct chunk_line text_line(int64_t ms, const char *text)
{
    return (struct chunk_line){
        .ms = ms, .level = CHUNK_INFO, .text = text, .text_len = strlen(text)};
}

static void writes_elements_without_trailing_nothing(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    chunk_begin(&sb, 101);
    struct chunk_line line = text_line(5, "a");
    chunk_add(&sb, &line);
    line = text_line(6, "b\tc");
    line.level = CHUNK_WARN;
    line.source = CHUNK_STDERR;
    chunk_add(&sb, &line);
    line = text_line(7, "d");
    line.level = CHUNK_ERROR;
    line.source = CHUNK_MESSAGE;
    line.metadata = "{\"k\":[1,2]}";
    line.metadata_len = 11;
    line.flags = CHUNK_CONTINUED;
    chunk_add(&sb, &line);
    chunk_end(&sb);
    assert_string_equal(sb.buf, three);
    strbuf_reset(&sb);
    chunk_begin(&sb, 1);
    line = text_line(-1, "");
    line.flags = CHUNK_CONTINUED;
    chunk_add(&sb, &line);
    chunk_end(&sb);
    assert_string_equal(sb.buf, "{\"first\":1,\"lines\":[[-1,1,\"\",0,null,1]]}");
    strbuf_release(&sb);
}

static void knows_the_levels(void **state)
{
    (void)state;
    for (int i = 0; i < CHUNK_LEVELS; i++)
        assert_int_equal(chunk_level_parse(chunk_level_names[i], strlen(chunk_level_names[i])), i);
    assert_int_equal(chunk_level_parse("warning", 7), -1);
    assert_int_equal(chunk_level_parse("warn", 3), -1);
    assert_int_equal(chunk_level_parse("", 0), -1);
}

static void walks_and_decodes(void **state)
{
    (void)state;
    struct chunk_iter it;
    struct chunk_line line;
    struct strbuf text = STRBUF_INIT;
    const char *element;
    size_t len;
    assert_int_equal(chunk_iter_init(&it, three, strlen(three), NULL), 0);
    for (int i = 0; i < 3; i++) {
        static const char *const texts[] = {"a", "b\tc", "d"};
        assert_true(chunk_iter_next(&it, &element, &len));
        assert_int_equal(it.line, 101 + i);
        assert_int_equal(chunk_decode(element, len, &line, &text, NULL), 0);
        assert_int_equal(line.ms, 5 + i);
        assert_int_equal(line.level, 1 + i);
        assert_int_equal(line.source, i);
        assert_int_equal(line.text_len, strlen(texts[i]));
        assert_memory_equal(line.text, texts[i], line.text_len);
        assert_int_equal(line.flags, i == 2 ? CHUNK_CONTINUED : 0);
        assert_int_equal(line.metadata_len, i == 2 ? 11 : 0);
    }
    assert_memory_equal(line.metadata, "{\"k\":[1,2]}", 11);
    assert_false(chunk_iter_next(&it, &element, &len));
    assert_ptr_equal(it.at, it.end);
    assert_string_equal(text.buf, "ab\tcd");
    strbuf_release(&text);
}

static void slice(int64_t first, int64_t last, int64_t count, const char *want)
{
    struct strbuf sb = STRBUF_INIT;
    assert_int_equal(chunk_slice(three, strlen(three), first, last, &sb, NULL), count);
    assert_string_equal(sb.buf, want);
    strbuf_release(&sb);
}

static void slices_at_any_line(void **state)
{
    (void)state;
    slice(1, 1000, 3, three);
    slice(101, 103, 3, three);
    slice(101, 101, 1, "{\"first\":101,\"lines\":[[5,1,\"a\"]]}");
    slice(102, 102, 1, "{\"first\":102,\"lines\":[[6,2,\"b\\tc\",1]]}");
    slice(103, INT64_MAX, 1, "{\"first\":103,\"lines\":[[7,3,\"d\",2,{\"k\":[1,2]},1]]}");
    slice(1, 102, 2, "{\"first\":101,\"lines\":[[5,1,\"a\"],\t[6,2,\"b\\tc\",1]]}");
    slice(1, 100, 0, "");
    slice(104, 200, 0, "");
    slice(103, 101, 0, "");
}

static void slices_every_range_alike(void **state)
{
    (void)state;
    struct strbuf whole = STRBUF_INIT, part = STRBUF_INIT, want = STRBUF_INIT;
    for (int from = 1; from <= 20; from++) {
        for (int to = from; to <= 20; to++) {
            strbuf_reset(&whole);
            strbuf_reset(&part);
            strbuf_reset(&want);
            chunk_begin(&whole, 1);
            chunk_begin(&want, from);
            for (int i = 1; i <= 20; i++) {
                char text[32];
                snprintf(text, sizeof(text), "line %d,\t\"%d\"", i, i);
                struct chunk_line line = text_line(i, text);
                chunk_add(&whole, &line);
                if (i >= from && i <= to)
                    chunk_add(&want, &line);
            }
            chunk_end(&whole);
            chunk_end(&want);
            assert_int_equal(chunk_slice(whole.buf, whole.len, from, to, &part, NULL),
                             to - from + 1);
            assert_string_equal(part.buf, want.buf);
        }
    }
    strbuf_release(&whole);
    strbuf_release(&part);
    strbuf_release(&want);
}

static void refuses_bad_bodies(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{}",
        "{\"first\":1,\"lines\":[]",
        "{\"first\":0,\"lines\":[]}",
        "{\"first\":-1,\"lines\":[]}",
        "{\"first\":x,\"lines\":[]}",
        "{\"first\":1, \"lines\":[]}",
        "{\"first\":9223372036854775807,\"lines\":[]}",
        "{\"first\":1,\"lines\":]}",
        "{\"first\":1,\"lines\":[1]}",
        "{\"first\":1,\"lines\":[[5,1,\"a\"],\t]}",
        "{\"first\":1,\"lines\":[\t[5,1,\"a\"]]}",
        "{\"first\":1,\"lines\":[[5,1,\"a\"]\t[5,1,\"b\"]]}",
        "{\"first\":1,\"lines\":[[5,1,\"a\"],\t,\t[5,1,\"b\"]]}",
    };
    struct strbuf out = STRBUF_INIT;
    chunk_begin(&out, 1);
    size_t before = out.len;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        assert_int_equal(chunk_slice(bad[i], strlen(bad[i]), 1, 100, &out, &e), -1);
        assert_int_equal(e.code, ERR_INVALID);
        assert_int_equal(out.len, before);
    }
    strbuf_release(&out);
}

static void refuses_bad_elements(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "[]",
                                      "[1]",
                                      "[1,1]",
                                      "[1,1,]",
                                      "[1,1,2]",
                                      "[1,4,\"a\"]",
                                      "[1,-1,\"a\"]",
                                      "[x,1,\"a\"]",
                                      "[1,1,\"a]",
                                      "[1,1,\"\\x\"]",
                                      "[1,1,\"a\",]",
                                      "[1,1,\"a\",3]",
                                      "[1,1,\"a\",0,]",
                                      "[1,1,\"a\",0,{]",
                                      "[1,1,\"a\",0,null,]",
                                      "[1,1,\"a\",0,null,-1]",
                                      "[1,1,\"a\",0,null,1,1]",
                                      "[1,1,\"a\"",
                                      "1,1,\"a\"]"};
    struct strbuf text = STRBUF_INIT;
    strbuf_adds(&text, "before");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        struct chunk_line line;
        assert_int_equal(chunk_decode(bad[i], strlen(bad[i]), &line, &text, &e), -1);
        assert_int_equal(e.code, ERR_INVALID);
        assert_string_equal(text.buf, "before");
    }
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_elements_without_trailing_nothing),
        cmocka_unit_test(knows_the_levels),
        cmocka_unit_test(walks_and_decodes),
        cmocka_unit_test(slices_at_any_line),
        cmocka_unit_test(slices_every_range_alike),
        cmocka_unit_test(refuses_bad_bodies),
        cmocka_unit_test(refuses_bad_elements),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
