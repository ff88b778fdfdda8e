/* Escape sequences are no part of what a person reads; and lines are found by what is read. */
#include "ansi.h"
#include "chunk.h"
#include "log_match.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define CASES "tests/shared/ansi.json"

static void strips_what_terminals_do_not_show(void **state)
{
    (void)state;
    json_error_t error;
    json_t *cases = json_load_file(CASES, 0, &error), *one;
    size_t i;
    assert_non_null(cases);
    assert_true(json_array_size(cases) > 20);
    json_array_foreach(cases, i, one)
    {
        const char *raw = json_string_value(json_array_get(one, 0));
        struct strbuf out = STRBUF_INIT;
        ansi_strip(&out, raw, strlen(raw));
        assert_string_equal(out.buf, json_string_value(json_array_get(one, 1)));
        strbuf_release(&out);
    }
    json_decref(cases);
}

static bool note(void *arg, int64_t line, const char *element, size_t len)
{
    (void)element;
    (void)len;
    strbuf_addf(arg, "%lld ", (long long)line);
    return true;
}

static void assert_found(const char *level, const char *q, const char *expected)
{
    static const struct {
        int level;
        const char *text, *metadata;
    } lines[] = {
        {CHUNK_INFO, "Alpha beta", NULL},
        {CHUNK_WARN, "\x1b[31mal\x1b[0mpha again", NULL},
        {CHUNK_DEBUG, "a quote \" and a tab\t.", "{\"word\":\"hidden\"}"},
        {CHUNK_ERROR, "\x1b]0;hidden\x07 shown", NULL},
        {CHUNK_INFO,
         "\xC3\x89"
         "clair \\ u001b",
         NULL},
        {CHUNK_ERROR, "last beta beta", NULL},
        {CHUNK_INFO, "2, or \"3\"]", NULL},
    };
    struct err e;
    struct log_match m;
    struct strbuf chunk = STRBUF_INIT, found = STRBUF_INIT;
    chunk_begin(&chunk, 101);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct chunk_line line = {.ms = 1, .level = lines[i].level, .text = lines[i].text};
        line.text_len = strlen(line.text);
        line.metadata = lines[i].metadata;
        line.metadata_len = line.metadata ? strlen(line.metadata) : 0;
        line.source = i % 2 ? CHUNK_STDERR : CHUNK_STDOUT;
        chunk_add(&chunk, &line);
    }
    chunk_end(&chunk);
    log_match_init(&m, level, q);
    strbuf_adds(&found, "");
    assert_int_equal(log_match_chunk(&m, chunk.buf, chunk.len, note, &found, &e), 0);
    assert_string_equal(found.buf, expected);
    log_match_release(&m);
    strbuf_release(&chunk);
    strbuf_release(&found);
}

static void finds_what_is_read(void **state)
{
    (void)state;
    assert_found(NULL, NULL, "101 102 103 104 105 106 107 ");
    assert_found("warn", NULL, "102 104 106 ");
    assert_found("error", "BETA", "106 ");
    assert_found("", "beta", "101 106 ");
    assert_found(NULL, "alpha", "101 102 ");
    assert_found(NULL, "[31m", "");
    assert_found(NULL, "hidden", "");
    assert_found(NULL, "shown", "104 ");
    assert_found(NULL, "\"", "103 107 ");
    assert_found(NULL, "\t", "103 ");
    assert_found(NULL,
                 "\xC3\xA9"
                 "CLAIR",
                 "105 ");
    assert_found(NULL, "\\ u", "105 ");
    assert_found(NULL, "info", "");
    assert_found(NULL, "1", "105 "); /* not the number of a level, a time or a source */
    assert_found(NULL, ",", "107 ");
    assert_found(NULL, "a", "101 102 103 105 106 ");
    assert_found(NULL, "]", "107 ");
    assert_found(NULL, "alpha beta", "101 ");
    assert_found(NULL, "t", "101 103 106 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_what_terminals_do_not_show),
        cmocka_unit_test(finds_what_is_read),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
