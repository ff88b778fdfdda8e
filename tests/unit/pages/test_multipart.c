/* Forms with files, however they are cut into pieces. */
#include "multipart.h"

#include "strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct source {
    const char *at, *end;
    size_t piece;
};

static ssize_t read_source(void *arg, void *buf, size_t len)
{
    struct source *s = arg;
    size_t n = MIN(MIN(len, s->piece), (size_t)(s->end - s->at));
    memcpy(buf, s->at, n);
    s->at += n;
    return (ssize_t)n;
}

/* name/file=content; of each part, or what is wrong. */
static void read_form(const char *body, size_t piece, struct strbuf *out)
{
    static struct multipart m;
    struct source s = {body, body + strlen(body), piece};
    struct err e = {0};
    char buf[7];
    int more = 0;
    strbuf_reset(out);
    assert_int_equal(
        multipart_init(&m, "multipart/form-data; boundary=\"b-1\"", read_source, &s, &e), 0);
    while ((more = multipart_next(&m, &e)) == 1) {
        ssize_t n;
        strbuf_addf(out, "%s/%s=", m.name, m.file_name);
        while ((n = multipart_read(&m, buf, sizeof(buf))) > 0)
            strbuf_add(out, buf, (size_t)n);
        strbuf_adds(out, n < 0 ? "!" : ";");
    }
    if (more < 0)
        strbuf_addf(out, " %s", e.text);
}

#define PART(head) "--b-1\r\nContent-Disposition: form-data; " head "\r\n"

static void reads_parts(void **state)
{
    (void)state;
    static const struct {
        const char *body, *read;
    } forms[] = {
        {PART("name=\"a\"") "\r\n1\r\n" PART(
             "name=\"f\"; filename=\"x \xC3\xA9%22.csv\"") "Content-Type: text/csv\r\n\r\n"
                                                           "l\r\n--b-\r\n\r\n--b-2\r\n--b-1--\r\n",
         "a/=1;f/x \xC3\xA9\".csv=l\r\n--b-\r\n\r\n--b-2;"},
        {PART("name=\"empty\"") "\r\n\r\n--b-1--", "empty/=;"},
        {"preamble\r\n" PART("name=\"a\"") "\r\nx\r\n--b-1--", "a/=x;"},
        {"--b-1--", ""},
        {PART("name=\"a\"") "\r\ncut", "a/=! the form was cut off"},
        {"--b-1\r\nno head", " the form is malformed"},
        {"", " the form was cut off"},
    };
    struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        for (size_t piece = 1; piece <= 64; piece++) {
            read_form(forms[i].body, piece, &out);
            /* Of a part that is cut off, what is surely its content may have been handed out. */
            if (strchr(out.buf, '!'))
                assert_non_null(strstr(out.buf, "! the form was cut off"));
            else
                assert_string_equal(out.buf, forms[i].read);
        }
    }
    strbuf_release(&out);
}

static void refuses_other_types(void **state)
{
    (void)state;
    static const char *const types[] = {
        "text/plain", "multipart/form-data",
        "multipart/form-data; boundary=", "multipart/mixed; boundary=b"};
    static struct multipart m;
    struct source s = {"", "", 1};
    struct err e = {0};
    assert_int_equal(multipart_init(&m, NULL, read_source, &s, &e), -1);
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        assert_int_equal(multipart_init(&m, types[i], read_source, &s, &e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_parts),
        cmocka_unit_test(refuses_other_types),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
