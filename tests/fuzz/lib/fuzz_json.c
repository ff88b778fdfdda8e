/* What json_compact accepts is accepted by jansson, and compacting it again changes nothing. What
 * json_put_string writes is a string to everybody and decodes to fit text. */
#include "json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Raw control characters, and white space outside strings, must be gone. */
static void check_bytes(const struct strbuf *text)
{
    for (size_t i = 0; i < text->len; i++)
        if ((unsigned char)text->buf[i] < 0x20)
            die("a control character at %zu", i);
}

static void check_parses(const struct strbuf *text)
{
    json_error_t error;
    json_t *value =
        json_loadb(text->buf, text->len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (!value && json_error_code(&error) != json_error_numeric_overflow)
        die("jansson refuses what was accepted: %s", error.text);
    json_decref(value);
}

static void check_compact(const char *text, size_t len)
{
    struct strbuf once = STRBUF_INIT, twice = STRBUF_INIT;
    struct err e;
    if (json_compact(text, len, &once, &e) == 0) {
        check_bytes(&once);
        check_parses(&once);
        if (json_compact(once.buf, once.len, &twice, &e) != 0)
            die("not accepted again: %s", e.text);
        if (once.len != twice.len || memcmp(once.buf, twice.buf, once.len) != 0)
            die("not idempotent");
    } else if (once.len != 0) {
        die("a refusal left %zu bytes", once.len);
    } else {
        json_t *value = json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
        if (value && strcmp(e.text, "") == 0)
            die("refused without a reason");
        json_decref(value);
    }
    strbuf_release(&once);
    strbuf_release(&twice);
}

static void check_put(const char *text, size_t len)
{
    struct strbuf put = STRBUF_INIT, back = STRBUF_INIT, again = STRBUF_INIT;
    struct err e;
    json_put_string(&put, text, len);
    check_bytes(&put);
    check_parses(&put);
    if (json_decode_string(put.buf, put.len, &back, &e) != 0)
        die("cannot decode what was put: %s", e.text);
    json_put_string(&again, back.buf, back.len);
    if (put.len != again.len || memcmp(put.buf, again.buf, put.len) != 0)
        die("put, decode, put differs");
    strbuf_release(&put);
    strbuf_release(&back);
    strbuf_release(&again);
}

/* Members lie within the text; of an object that json_compact accepts all are found. */
static void check_members(const char *text, size_t len)
{
    struct strbuf compact = STRBUF_INIT;
    struct json_members it;
    struct json_member m;
    bool valid = json_compact(text, len, &compact, NULL) == 0 && compact.buf[0] == '{';
    int rc;
    json_members_init(&it, text, len);
    while ((rc = json_members_next(&it, &m, NULL)) == 1) {
        if (m.value < text || m.value + m.value_len > text + len || m.value_len == 0)
            die("a member outside the text");
        strbuf_reset(&compact);
        if (valid && json_compact(m.value, m.value_len, &compact, NULL) != 0)
            die("a bad value in a good object");
    }
    if (valid && rc != 0)
        die("a good object was not walked to its end");
    json_members_release(&it);
    strbuf_release(&compact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    check_compact(text, size);
    check_put(text, size);
    check_members(text, size);
    json_decref(json_parse(text, size, "input", NULL));
    return 0;
}
