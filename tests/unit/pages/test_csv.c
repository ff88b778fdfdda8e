/* Cells of CSV: quoting as RFC 4180 says, and no text that a spreadsheet calculates. */
#include "csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void writes_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *cell;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"two words", "two words"},
        {" padded", "\" padded\""},
        {"padded ", "\"padded \""},
        {"a,b", "\"a,b\""},
        {"a;b", "\"a;b\""},
        {"a\tb", "\"a\tb\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"\"", "\"\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"two\r\nlines", "\"two\r\nlines\""},
        {"=1+1", "'=1+1"},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
        {"\t=1", "\"'\t=1\""},
        {"\r=1", "\"'\r=1\""},
        {"\n=1", "\"'\n=1\""},
        {"\uFF1D1+1", "'\uFF1D1+1"},
        {"\uFF0B1", "'\uFF0B1"},
        {"\uFF0D1", "'\uFF0D1"},
        {"\uFF20x", "'\uFF20x"},
        {"NaN", "NaN"},
        {"Infinity", "Infinity"},
        {"-Infinity", "-Infinity"},
        {"-Infinity+1", "'-Infinity+1"},
        {"a=1", "a=1"},
        {"caf\u00E9", "caf\u00E9"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct strbuf out = STRBUF_INIT;
        csv_put_text(&out, cases[i].text, strlen(cases[i].text));
        assert_string_equal(out.buf, cases[i].cell);
        strbuf_release(&out);
    }
}

static void writes_json(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *cell;
    } cases[] = {
        {"null", ""},
        {"true", "true"},
        {"-0.50", "-0.50"},
        {"18446744073709551616", "18446744073709551616"},
        {"-1e400", "-1e400"},
        {"\"\"", ""},
        {"\"caf\\u00e9 \\ud83d\\ude00\"", "caf\u00E9 \U0001F600"},
        {"\"=1\"", "'=1"},
        {"\"-0.5\"", "'-0.5"},
        {"\"-Infinity\"", "-Infinity"},
        {"\"a\\nb\"", "\"a\nb\""},
        {"[1,\"x\"]", "\"[1,\"\"x\"\"]\""},
        {"{}", "{}"},
        {"[]", "[]"},
    };
    struct strbuf scratch = STRBUF_INIT;
    struct err e;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct strbuf out = STRBUF_INIT;
        assert_int_equal(csv_put_json(&out, cases[i].raw, strlen(cases[i].raw), &scratch, &e), 0);
        assert_string_equal(out.buf, cases[i].cell);
        strbuf_release(&out);
    }
    struct strbuf out = STRBUF_INIT;
    assert_int_equal(csv_put_json(&out, "\"\\u12", 5, &scratch, &e), -1);
    strbuf_release(&out);
    strbuf_release(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_text),
        cmocka_unit_test(writes_json),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
