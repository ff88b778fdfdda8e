/* The wire protocol, fed in pieces that end at every byte. */
#include "fastcgi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void put_record(struct strbuf *out, int type, int request, const char *content, size_t len,
                       int padding)
{
    unsigned char header[FASTCGI_HEADER];
    fastcgi_put_header(header, (enum fastcgi_type)type, (uint16_t)request, (uint16_t)len);
    header[6] = (unsigned char)padding;
    strbuf_add(out, header, sizeof(header));
    strbuf_add(out, content, len);
    for (int i = 0; i < padding; i++)
        strbuf_addc(out, 'p');
}

static void put_pair(struct strbuf *out, const char *name, const char *value)
{
    size_t len = strlen(value);
    strbuf_addc(out, (char)strlen(name));
    if (len < 128) {
        strbuf_addc(out, (char)len);
    } else {
        strbuf_addc(out, (char)(0x80 | len >> 24));
        strbuf_addc(out, (char)(len >> 16));
        strbuf_addc(out, (char)(len >> 8));
        strbuf_addc(out, (char)len);
    }
    strbuf_adds(out, name);
    strbuf_adds(out, value);
}

static const char begin[8] = {0, 1, 0, 0, 0, 0, 0, 0};

/* A request as nginx sends it, its parameters in two records, one with padding, and a body. */
static void put_request(struct strbuf *out, const char *cookie)
{
    struct strbuf params = STRBUF_INIT;
    put_pair(&params, "REQUEST_METHOD", "GET");
    put_pair(&params, "EMPTY", "");
    put_pair(&params, "HTTP_COOKIE", cookie);
    put_record(out, FASTCGI_BEGIN_REQUEST, 258, begin, sizeof(begin), 0);
    put_record(out, FASTCGI_PARAMS, 258, params.buf, 5, 0);
    put_record(out, FASTCGI_PARAMS, 258, params.buf + 5, params.len - 5, 7);
    put_record(out, FASTCGI_PARAMS, 258, "", 0, 0);
    put_record(out, FASTCGI_STDIN, 258, "a body", 6, 2);
    put_record(out, FASTCGI_STDIN, 258, "", 0, 0);
    strbuf_release(&params);
}

static bool has_param(const struct fastcgi *f, const char *name, const char *value)
{
    const char *n, *v;
    size_t at = 0, n_len, v_len;
    while (fastcgi_next_param(f, &at, &n, &n_len, &v, &v_len) == 1)
        if (n_len == strlen(name) && !memcmp(n, name, n_len))
            return v_len == strlen(value) && !memcmp(v, value, v_len);
    return false;
}

/* Feeds a copy of exactly that length, so that the sanitizer sees a read behind it. */
static int feed(struct fastcgi *f, const char *data, size_t len)
{
    char *copy = malloc(len + !len);
    memcpy(copy, data, len);
    int result = fastcgi_feed(f, copy, len, NULL);
    free(copy);
    return result;
}

static void test_split_anywhere(void **state)
{
    (void)state;
    char cookie[300];
    memset(cookie, 'c', sizeof(cookie) - 1);
    cookie[sizeof(cookie) - 1] = '\0';
    struct strbuf bytes = STRBUF_INIT;
    put_request(&bytes, cookie);
    for (size_t cut = 0; cut <= bytes.len; cut++) {
        struct fastcgi f;
        fastcgi_init(&f);
        assert_int_equal(feed(&f, bytes.buf, cut), 0);
        assert_int_equal(fastcgi_complete(&f), cut == bytes.len);
        assert_int_equal(feed(&f, bytes.buf + cut, bytes.len - cut), 0);
        assert_true(fastcgi_complete(&f));
        assert_int_equal(f.request, 258);
        assert_true(has_param(&f, "REQUEST_METHOD", "GET"));
        assert_true(has_param(&f, "EMPTY", ""));
        assert_true(has_param(&f, "HTTP_COOKIE", cookie));
        assert_false(has_param(&f, "OTHER", ""));
        fastcgi_release(&f);
    }
    strbuf_release(&bytes);
}

static void test_byte_by_byte(void **state)
{
    (void)state;
    struct strbuf bytes = STRBUF_INIT;
    struct fastcgi f;
    put_request(&bytes, "x");
    fastcgi_init(&f);
    for (size_t i = 0; i < bytes.len; i++) {
        assert_false(fastcgi_complete(&f));
        assert_int_equal(feed(&f, bytes.buf + i, 1), 0);
    }
    assert_true(fastcgi_complete(&f));
    fastcgi_release(&f);
    strbuf_release(&bytes);
}

static void test_abort(void **state)
{
    (void)state;
    struct strbuf bytes = STRBUF_INIT;
    struct fastcgi f;
    put_request(&bytes, "x");
    put_record(&bytes, FASTCGI_ABORT_REQUEST, 258, "", 0, 0);
    fastcgi_init(&f);
    assert_int_equal(feed(&f, bytes.buf, bytes.len), 0);
    assert_true(f.aborted);
    assert_false(fastcgi_complete(&f));
    fastcgi_release(&f);
    strbuf_release(&bytes);
}

static void test_management(void **state)
{
    (void)state;
    struct strbuf bytes = STRBUF_INIT;
    struct fastcgi f;
    put_record(&bytes, FASTCGI_GET_VALUES, 0, "\x0f\0FCGI_MPXS_CONNS", 17, 0);
    put_record(&bytes, 99, 0, "", 0, 1);
    fastcgi_init(&f);
    for (size_t i = 0; i < bytes.len; i++)
        assert_int_equal(feed(&f, bytes.buf + i, 1), 0);
    static const char values[] = "\1\12\0\0\0\22\0\0"
                                 "\17\1FCGI_MPXS_CONNS0";
    static const char unknown[] = "\1\13\0\0\0\10\0\0\143\0\0\0\0\0\0\0";
    assert_int_equal(f.answer.len, 26 + 16);
    assert_memory_equal(f.answer.buf, values, 26);
    assert_memory_equal(f.answer.buf + 26, unknown, 16);
    int refused = 0;
    for (int i = 0; i < 200 && !refused; i++)
        refused = feed(&f, bytes.buf, bytes.len);
    assert_int_equal(refused, -1); /* nobody asks that often */
    fastcgi_release(&f);
    strbuf_release(&bytes);
}

/* What must be refused, behind a good beginning or as the first record. */
/* Records of no request neither lengthen the parameters nor stand for the request's own. */
static void test_management_of_other_types(void **state)
{
    (void)state;
    static const char authorizer[8] = {0, 2, 0, 0, 0, 0, 0, 0};
    struct fastcgi f;
    struct strbuf text = STRBUF_INIT;
    fastcgi_init(&f);
    put_record(&text, FASTCGI_BEGIN_REQUEST, 0, begin, sizeof(begin), 0);
    put_record(&text, FASTCGI_BEGIN_REQUEST, 1, begin, sizeof(begin), 0);
    put_record(&text, FASTCGI_PARAMS, 0, "\1\1ab", 4, 0);
    assert_int_equal(feed(&f, text.buf, text.len), 0);
    assert_int_equal(f.params.len, 0);
    assert_true(f.answer.len > 0);
    fastcgi_release(&f);

    fastcgi_init(&f);
    strbuf_reset(&text);
    put_record(&text, FASTCGI_BEGIN_REQUEST, 0, begin, sizeof(begin), 0);
    put_record(&text, FASTCGI_BEGIN_REQUEST, 1, authorizer, sizeof(authorizer), 0);
    assert_int_equal(feed(&f, text.buf, text.len), -1);
    fastcgi_release(&f);
    strbuf_release(&text);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        bool behind_begin;
        int type, request;
        const char *content;
        size_t len;
    } cases[] = {
        {false, FASTCGI_PARAMS, 1, "x", 1}, /* not begun */
        {false, FASTCGI_STDIN, 1, "", 0},
        {false, FASTCGI_ABORT_REQUEST, 1, "", 0},
        {false, FASTCGI_BEGIN_REQUEST, 1, "\0\1", 2},             /* a short body */
        {false, FASTCGI_BEGIN_REQUEST, 1, "\0\2\0\0\0\0\0\0", 8}, /* an authorizer */
        {false, FASTCGI_BEGIN_REQUEST, 1, "\1\1\0\0\0\0\0\0", 8},
        {true, FASTCGI_BEGIN_REQUEST, 1, begin, 8}, /* a second one */
        {true, FASTCGI_BEGIN_REQUEST, 2, begin, 8},
        {true, FASTCGI_PARAMS, 2, "x", 1}, /* another one's */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct strbuf bytes = STRBUF_INIT;
        struct fastcgi f;
        if (cases[i].behind_begin)
            put_record(&bytes, FASTCGI_BEGIN_REQUEST, 1, begin, 8, 0);
        put_record(&bytes, cases[i].type, cases[i].request, cases[i].content, cases[i].len, 0);
        fastcgi_init(&f);
        assert_int_equal(feed(&f, bytes.buf, bytes.len), -1);
        fastcgi_release(&f);
        strbuf_release(&bytes);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct strbuf bytes = STRBUF_INIT;
    struct fastcgi f;
    char *big = calloc(1, FASTCGI_PARAMS_MAX + 1);
    fastcgi_init(&f);
    put_record(&bytes, FASTCGI_BEGIN_REQUEST, 1, begin, 8, 0);
    put_record(&bytes, FASTCGI_PARAMS, 1, big, FASTCGI_PARAMS_MAX, 0);
    assert_int_equal(feed(&f, bytes.buf, bytes.len), 0);
    strbuf_reset(&bytes);
    assert_false(f.too_large);
    put_record(&bytes, FASTCGI_PARAMS, 1, big, 1, 0);
    put_record(&bytes, FASTCGI_PARAMS, 1, big, 1, 0);
    put_record(&bytes, FASTCGI_PARAMS, 1, "", 0, 0);
    put_record(&bytes, FASTCGI_STDIN, 1, "", 0, 0);
    assert_int_equal(feed(&f, bytes.buf, bytes.len), 0);
    assert_true(fastcgi_complete(&f)); /* so that it can be told */
    assert_true(f.too_large);
    assert_int_equal(f.params.len, 0);
    fastcgi_release(&f);
    fastcgi_init(&f);
    assert_int_equal(feed(&f, "\2\1\0\1\0\10\0\0", 8), -1); /* another version */
    fastcgi_release(&f);
    fastcgi_init(&f);
    strbuf_reset(&bytes);
    put_record(&bytes, FASTCGI_GET_VALUES, 0, big, 600, 0);
    assert_int_equal(feed(&f, bytes.buf, bytes.len), -1);
    fastcgi_release(&f);
    free(big);
    strbuf_release(&bytes);
}

static void test_broken_pairs(void **state)
{
    (void)state;
    static const struct fastcgi_text {
        const char *text;
        size_t len;
    } cases[] = {
        {"\1", 1}, {"\1\1a", 3}, {"\200\0\0", 3}, {"\1\377\377\377\377a", 6}, {"\5\1ab", 4}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fastcgi f;
        const char *n, *v;
        size_t at = 0, n_len, v_len;
        fastcgi_init(&f);
        strbuf_add(&f.params, cases[i].text, cases[i].len);
        assert_int_equal(fastcgi_next_param(&f, &at, &n, &n_len, &v, &v_len), -1);
        fastcgi_release(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split_anywhere), cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_abort),          cmocka_unit_test(test_management),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_broken_pairs),   cmocka_unit_test(test_management_of_other_types),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
