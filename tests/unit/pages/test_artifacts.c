/* How kept files are named and typed on their way out. */
#include "artifacts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void assert_disposition(const char *name, const char *wanted)
{
    struct strbuf sb = STRBUF_INIT;
    artifacts_disposition(&sb, name, 12);
    assert_string_equal(sb.buf, wanted);
    strbuf_release(&sb);
}

static void names_files(void **state)
{
    (void)state;
    assert_disposition("model.pkl",
                       "attachment; filename=\"model.pkl\"; filename*=UTF-8''model.pkl");
    assert_disposition("a/b c.txt", "attachment; filename=\"b_c.txt\"; filename*=UTF-8''b%20c.txt");
    assert_disposition("\"\r\n\\", "attachment; filename=\"____\"; filename*=UTF-8''%22%0D%0A%5C");
    assert_disposition("\xC3\xA9", "attachment; filename=\"__\"; filename*=UTF-8''%C3%A9");
    for (const char *const *name = (const char *const[]){"", ".", "..", "a/", "a/..", NULL}; *name;
         name++)
        assert_disposition(*name,
                           "attachment; filename=\"artifact-12\"; filename*=UTF-8''artifact-12");
}

static void long_names_are_short_for_old_clients_only(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    char name[1001];
    memset(name, 'x', 1000);
    name[1000] = '\0';
    artifacts_disposition(&sb, name, 1);
    assert_int_equal(sb.len, strlen("attachment; filename=\"\"; filename*=UTF-8''") + 100 + 1000);
    strbuf_release(&sb);
}

static void sends_only_what_browsers_show(void **state)
{
    (void)state;
    static const char *const same[] = {"image/png", "image/svg+xml", "video/mp4", "text/plain",
                                       "application/json"};
    static const char *const hidden[] = {"text/html",         "application/xhtml+xml",
                                         "text/xml",          "application/xml",
                                         "text/javascript",   "multipart/x-mixed-replace",
                                         "text/plain; x=y",   "text/html;image/png",
                                         "application/x-tar", ""};
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        assert_string_equal(artifacts_sent_type(same[i]), same[i]);
    for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
        assert_string_equal(artifacts_sent_type(hidden[i]), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_files),
        cmocka_unit_test(long_names_are_short_for_old_clients_only),
        cmocka_unit_test(sends_only_what_browsers_show),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
