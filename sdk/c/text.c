#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void athanor_text_add(struct text *t, const char *data, size_t len)
{
    if (t->failed || len > MESSAGE_MAX || t->len + len + 1 > MESSAGE_MAX) {
        t->failed = true;
        return;
    }
    if (t->len + len + 1 > t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 256;
        while (cap < t->len + len + 1)
            cap *= 2;
        char *buf = realloc(t->buf, cap);
        if (!buf) {
            t->failed = true;
            return;
        }
        t->buf = buf;
        t->cap = cap;
    }
    memcpy(t->buf + t->len, data, len);
    t->len += len;
    t->buf[t->len] = '\0';
}

void athanor_text_adds(struct text *t, const char *s)
{
    athanor_text_add(t, s, strlen(s));
}

static void add_escape(struct text *t, unsigned char c)
{
    char hex[8];
    switch (c) {
    case '"':
        athanor_text_adds(t, "\\\"");
        return;
    case '\\':
        athanor_text_adds(t, "\\\\");
        return;
    case '\n':
        athanor_text_adds(t, "\\n");
        return;
    case '\t':
        athanor_text_adds(t, "\\t");
        return;
    case '\r':
        athanor_text_adds(t, "\\r");
        return;
    default:
        snprintf(hex, sizeof(hex), "\\u%04x", (unsigned)c);
        athanor_text_adds(t, hex);
    }
}

void athanor_text_add_string(struct text *t, const char *s)
{
    if (!s) {
        athanor_text_adds(t, "null");
        return;
    }
    athanor_text_add(t, "\"", 1);
    const char *start = s;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        athanor_text_add(t, start, (size_t)(s - start));
        add_escape(t, c);
        start = s + 1;
    }
    athanor_text_add(t, start, (size_t)(s - start));
    athanor_text_add(t, "\"", 1);
}

void athanor_text_add_double(struct text *t, double value)
{
    if (isnan(value)) {
        athanor_text_adds(t, "\"NaN\"");
        return;
    }
    if (isinf(value)) {
        athanor_text_adds(t, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
        return;
    }
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof(digits), "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    /* A locale's decimal comma is not JSON. */
    for (char *c = digits; *c; c++) {
        if (*c == ',')
            *c = '.';
    }
    athanor_text_adds(t, digits);
}

void athanor_text_add_int(struct text *t, long long value)
{
    char digits[24];
    int n = snprintf(digits, sizeof(digits), "%lld", value);
    athanor_text_add(t, digits, (size_t)n);
}

void athanor_text_release(struct text *t)
{
    free(t->buf);
    *t = (struct text){0};
}
