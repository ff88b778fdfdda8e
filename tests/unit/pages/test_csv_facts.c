/* CSV however it is cut into pieces; what is told of it, and that hostile files cost no more memory
 * than others. */
#include "csv_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* What is told of the file, as one text; or the error. */
static void read_in_pieces(const char *text, size_t len, size_t piece, struct strbuf *out)
{
    struct csv_facts *f = csv_facts_new();
    struct err e = {0};
    int rc = 0;
    strbuf_reset(out);
    for (size_t at = 0; rc == 0 && at < len; at += piece)
        rc = csv_facts_feed(f, text + at, MIN(piece, len - at), &e);
    if (rc == 0)
        rc = csv_facts_end(f, &e);
    if (rc == 0) {
        strbuf_addf(out, "%lld%c", (long long)csv_facts_rows(f), csv_facts_delimiter(f));
        csv_facts_put_columns(f, out);
        csv_facts_put_sample(f, out);
        csv_facts_put_notes(f, out);
    } else {
        strbuf_adds(out, e.text);
    }
    csv_facts_free(f);
}

static void tells_the_same_however_it_arrives(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
    } files[] = {
#define FILE_OF(text) {text, sizeof(text) - 1}
        FILE_OF("a,b\r\n1,\"x\r\n\"\"y\"\"\"\r\n\r\n2,3"),
        FILE_OF("\xEF\xBB\xBF\"a;b\";c\n1;2\n"),
        FILE_OF("a\n\"open\nx\n"),
        FILE_OF("\xC3\xA9,\xF0\x9F\x98\x80\n\xED\xA0\x80,\xC3"),
        FILE_OF("a,a,\n1,2,3,4\n5\n\"x\"y,\"\",z\n"),
        FILE_OF("\n\n"),
        FILE_OF("a\rb\r\rc"),
        FILE_OF("PK\3\4\0\0\0\0rest"),
        FILE_OF("a,b\n1,\0\n"),
        FILE_OF("\"\"\n\"\"\n"),
    };
    struct strbuf whole = STRBUF_INIT, pieces = STRBUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        read_in_pieces(files[i].text, files[i].len, files[i].len, &whole);
        for (size_t piece = 1; piece < files[i].len; piece++) {
            read_in_pieces(files[i].text, files[i].len, piece, &pieces);
            assert_string_equal(whole.buf, pieces.buf);
        }
    }
    strbuf_release(&whole);
    strbuf_release(&pieces);
}

static void knows_types(void **state)
{
    (void)state;
    static const struct {
        const char *values, *type;
    } columns[] = {
        {"1\n-2\n+3\n", "integer"},
        {"1\n2.5\n.5\n5.\n1e9\n-Inf\n", "float"},
        {"1\nNA\nnull\n?\n", "integer"},
        {"true\nFalse\n", "boolean"},
        {"true\n1\n", "string"},
        {"1e\n", "string"},
        {"0x10\n", "string"},
        {"1 2\n", "string"},
        {" 7 \n", "integer"},
        {"2026-01-31\n2026-01-31 12:00\n", "date"},
        {"2026-1-1\n", "string"},
        {"2026-01-31T10:00:00.5+02:00\n", "date"},
        {"\"\"\nNaN\n", "empty"},
        {".\n", "string"},
        {"-\n", "string"},
        {"99999999999999999999\n", "float"},
    };
    struct strbuf text = STRBUF_INIT, told = STRBUF_INIT, expected = STRBUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        strbuf_reset(&text);
        strbuf_reset(&expected);
        strbuf_addf(&text, "c\n%s", columns[i].values);
        strbuf_addf(&expected, "\"type\":\"%s\"", columns[i].type);
        read_in_pieces(text.buf, text.len, text.len, &told);
        if (!strstr(told.buf, expected.buf))
            fail_msg("%s: %s", columns[i].values, told.buf);
    }
    strbuf_release(&text);
    strbuf_release(&told);
    strbuf_release(&expected);
}

static void a_line_without_end_costs_nothing(void **state)
{
    (void)state;
    static char piece[65536];
    struct csv_facts *f = csv_facts_new();
    struct err e = {0};
    struct strbuf out = STRBUF_INIT;
    memset(piece, 'x', sizeof(piece));
    for (int i = 0; i < 400; i++)
        assert_int_equal(csv_facts_feed(f, piece, sizeof(piece), &e), 0);
    assert_int_equal(csv_facts_end(f, &e), 0);
    csv_facts_put_columns(f, &out);
    assert_true(out.len < 300);
    strbuf_reset(&out);
    csv_facts_free(f);

    f = csv_facts_new();
    memset(piece, ',', sizeof(piece));
    int rc = 0;
    for (int i = 0; rc == 0 && i < 400; i++)
        rc = csv_facts_feed(f, piece, sizeof(piece), &e);
    assert_int_equal(rc, -1);
    assert_string_equal(e.text, "the file has more than 10000 columns");
    csv_facts_free(f);
    strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_same_however_it_arrives),
        cmocka_unit_test(knows_types),
        cmocka_unit_test(a_line_without_end_costs_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
