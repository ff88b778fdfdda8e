#include "json.h"
#include "json_text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Appends what stands for the byte at s, which is not plain, and returns how many bytes that was.
 */
static size_t put_special(struct strbuf *out, const char *s, const char *end)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char c = (unsigned char)*s;
    if (c >= 0x80) {
        strbuf_add(out, JSON_REPLACEMENT, 3);
        return json_invalid_part(s, end);
    }
    char escape[6] = {'\\', (char)c};
    size_t len = 2;
    switch (c) {
    case '\0':
        strbuf_add(out, JSON_REPLACEMENT, 3);
        return 1;
    case '"':
    case '\\':
        break;
    case '\n':
        escape[1] = 'n';
        break;
    case '\r':
        escape[1] = 'r';
        break;
    case '\t':
        escape[1] = 't';
        break;
    case '\b':
        escape[1] = 'b';
        break;
    case '\f':
        escape[1] = 'f';
        break;
    default:
        memcpy(escape, "\\u00", 4);
        escape[4] = hex[c >> 4];
        escape[5] = hex[c & 15];
        len = 6;
    }
    strbuf_add(out, escape, len);
    return 1;
}

void json_put_string(struct strbuf *out, const char *s, size_t len)
{
    const char *end = s + len;
    strbuf_grow(out, len + 2);
    strbuf_addc(out, '"');
    while (s < end) {
        const char *stop = json_plain_span(s, end);
        strbuf_add(out, s, (size_t)(stop - s));
        s = stop;
        if (s < end)
            s += put_special(out, s, end);
    }
    strbuf_addc(out, '"');
}

void json_put_cstring(struct strbuf *out, const char *s)
{
    json_put_string(out, s, strlen(s));
}

/* Writes the fewest digits that read back as the same positive number to `digits`, and returns its
 * exponent: the value is 0.DIGITS times ten to it. 15 digits survive the way through a normal
 * double, 17 always suffice; subnormals hold fewer. */
static int shortest_digits(double value, char digits[32], int *count)
{
    char text[40];
    int precision = value < DBL_MIN ? 1 : 15;
    while (snprintf(text, sizeof(text), "%.*e", precision - 1, value) > 0 && precision < 17 &&
           strtod(text, NULL) != value)
        precision++;
    int n = 0;
    const char *p = text;
    for (; *p != 'e'; p++) {
        if (*p != '.')
            digits[n++] = *p;
    }
    while (n > 1 && digits[n - 1] == '0')
        n--;
    *count = n;
    return atoi(p + 1) + 1;
}

static void put_positive(struct strbuf *out, double value)
{
    char digits[32];
    int count, point = shortest_digits(value, digits, &count);
    if (point > 21 || point < -5) {
        strbuf_addc(out, digits[0]);
        if (count > 1)
            strbuf_addc(out, '.');
        strbuf_add(out, digits + 1, (size_t)count - 1);
        strbuf_addf(out, "e%+d", point - 1);
    } else if (point <= 0) {
        strbuf_add(out, "0.00000", (size_t)(2 - point));
        strbuf_add(out, digits, (size_t)count);
    } else if (count <= point) {
        strbuf_add(out, digits, (size_t)count);
        strbuf_add(out, "00000000000000000000", (size_t)(point - count));
    } else {
        strbuf_add(out, digits, (size_t)point);
        strbuf_addc(out, '.');
        strbuf_add(out, digits + point, (size_t)(count - point));
    }
}

void json_put_plain_double(struct strbuf *out, double value)
{
    if (signbit(value))
        strbuf_addc(out, '-');
    value = fabs(value);
    if (value < 9007199254740992.0 && trunc(value) == value)
        strbuf_add_int(out, (int64_t)value);
    else
        put_positive(out, value);
}

void json_put_double(struct strbuf *out, double value)
{
    if (!isfinite(value)) {
        strbuf_adds(out, isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
        return;
    }
    json_put_plain_double(out, value);
    if (fabs(value) >= 0x1p63 && fabs(value) < 1e21)
        strbuf_adds(out, ".0");
}

static void put_object(struct strbuf *out, const json_t *value)
{
    json_t *object = (json_t *)value; /* jansson's iterators are not const */
    char before = '{';
    for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) {
        strbuf_addc(out, before);
        json_put_cstring(out, json_object_iter_key(it));
        strbuf_addc(out, ':');
        json_put_value(out, json_object_iter_value(it));
        before = ',';
    }
    strbuf_adds(out, before == '{' ? "{}" : "}");
}

static void put_array(struct strbuf *out, const json_t *value)
{
    size_t count = json_array_size(value);
    strbuf_addc(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_addc(out, ',');
        json_put_value(out, json_array_get(value, i));
    }
    strbuf_addc(out, ']');
}

void json_put_value(struct strbuf *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        put_object(out, value);
        break;
    case JSON_ARRAY:
        put_array(out, value);
        break;
    case JSON_STRING:
        json_put_string(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        strbuf_add_int(out, json_integer_value(value));
        break;
    case JSON_REAL:
        json_put_double(out, json_real_value(value));
        break;
    case JSON_TRUE:
        strbuf_adds(out, "true");
        break;
    case JSON_FALSE:
        strbuf_adds(out, "false");
        break;
    case JSON_NULL:
        strbuf_adds(out, "null");
        break;
    }
}
