/*
 * json_value.h - JSON literals in tests: text to value, value to text. Include after cmocka.h.
 */
#ifndef ATHANOR_TEST_JSON_VALUE_H
#define ATHANOR_TEST_JSON_VALUE_H

#include "json.h"

#include <string.h>

/* The value of a JSON text in which ' stands for ". The caller decrefs it. */
static inline json_t *json_of(const char *text)
{
    struct err e = {0};
    char *copy = xstrdup(text);
    for (char *at = copy; *at; at++) {
        if (*at == '\'')
            *at = '"';
    }
    json_t *value = json_parse(copy, strlen(copy), "test", &e);
    if (!value)
        fail_msg("%s: %s", e.text, text);
    free(copy);
    return value;
}

/* Fails unless the value is that of the text, in the same order. */
static inline void assert_json(const json_t *value, const char *expected)
{
    struct strbuf got = STRBUF_INIT, want = STRBUF_INIT;
    json_t *other = json_of(expected);
    json_put_value(&got, value);
    json_put_value(&want, other);
    assert_string_equal(got.buf, want.buf);
    json_decref(other);
    strbuf_release(&got);
    strbuf_release(&want);
}

#endif
