#include "json_text.h"

#include "json.h"

#include <string.h>

#define ONES 0x0101010101010101u
#define HIGHS 0x8080808080808080u

/* High bits mark the bytes of w that are below 0x20, a quote, a backslash, or 0x80 and above. A
 * borrow can mark a byte too many, but only behind one that is rightly marked. */
static uint64_t special_bytes(uint64_t w)
{
    uint64_t quote = w ^ (ONES * '"');
    uint64_t slash = w ^ (ONES * '\\');
    return ((w - ONES * 0x20) | (quote - ONES) | (slash - ONES) | w) & HIGHS;
}

static bool is_plain_ascii(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static const char *ascii_span(const char *s, const char *end)
{
    while (end - s >= 8) {
        uint64_t w;
        memcpy(&w, s, sizeof(w));
        if (special_bytes(w))
            break;
        s += 8;
    }
    while (s < end && is_plain_ascii((unsigned char)*s))
        s++;
    return s;
}

/* How many continuation bytes follow a lead byte, and the range of the first of them. 0: no lead.
 */
static int lead_byte(unsigned char c, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (c >= 0xC2 && c <= 0xDF)
        return 1;
    if (c >= 0xE0 && c <= 0xEF) {
        if (c == 0xE0)
            *low = 0xA0;
        if (c == 0xED)
            *high = 0x9F;
        return 2;
    }
    if (c >= 0xF0 && c <= 0xF4) {
        if (c == 0xF0)
            *low = 0x90;
        if (c == 0xF4)
            *high = 0x8F;
        return 3;
    }
    return 0;
}

/* The length of the character at s, or of its maximal invalid part. */
static size_t utf8_step(const char *s, const char *end, bool *valid)
{
    unsigned char low, high;
    int more = lead_byte((unsigned char)*s, &low, &high);
    size_t at = 1;
    for (; more > 0 && s + at < end; more--, at++) {
        unsigned char c = (unsigned char)s[at];
        if (c < low || c > high)
            break;
        low = 0x80;
        high = 0xBF;
    }
    *valid = more == 0 && at > 1;
    return at;
}

const char *json_plain_span(const char *s, const char *end)
{
    for (;;) {
        s = ascii_span(s, end);
        if (s == end || (unsigned char)*s < 0x80)
            return s;
        bool valid;
        size_t step = utf8_step(s, end, &valid);
        if (!valid)
            return s;
        s += step;
    }
}

size_t json_invalid_part(const char *s, const char *end)
{
    bool valid;
    return utf8_step(s, end, &valid);
}

size_t json_mend(char *s, size_t len, char with)
{
    const char *at = s, *end = s + len;
    char *to = s;
    while (at < end) {
        bool valid = (unsigned char)*at < 0x80;
        size_t step = valid ? 1 : utf8_step(at, end, &valid);
        if (valid)
            memmove(to, at, step);
        else if (with)
            memset(to, with, step);
        to += valid || with ? step : 0;
        at += step;
    }
    *to = '\0';
    return (size_t)(to - s);
}

const char *json_skip_space(const char *s, const char *end)
{
    while (s < end && (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r'))
        s++;
    return s;
}

static const char *skip_digits(const char *s, const char *end)
{
    while (s < end && *s >= '0' && *s <= '9')
        s++;
    return s;
}

const char *json_skip_number(const char *s, const char *end)
{
    if (s < end && *s == '-')
        s++;
    const char *digits = s;
    s = skip_digits(s, end);
    if (s == digits || (*digits == '0' && s - digits > 1))
        return NULL;
    if (s < end && *s == '.') {
        digits = ++s;
        s = skip_digits(s, end);
        if (s == digits)
            return NULL;
    }
    if (s < end && (*s == 'e' || *s == 'E')) {
        s++;
        if (s < end && (*s == '+' || *s == '-'))
            s++;
        digits = s;
        s = skip_digits(s, end);
        if (s == digits)
            return NULL;
    }
    return s;
}

const char *json_skip_string(const char *s, const char *end)
{
    for (s++; s < end; s++) {
        if (*s == '"')
            return s + 1;
        if (*s == '\\')
            s++;
    }
    return NULL;
}

static const char *skip_word(const char *s, const char *end, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(end - s) < len || memcmp(s, word, len) != 0)
        return NULL;
    return s + len;
}

static const char *skip_nested(const char *s, const char *end, bool *deep)
{
    char closing[JSON_MAX_DEPTH];
    int depth = 0;
    while (s < end) {
        switch (*s) {
        case '{':
        case '[':
            if (depth == JSON_MAX_DEPTH) {
                *deep = true;
                return NULL;
            }
            closing[depth++] = *s == '{' ? '}' : ']';
            s++;
            break;
        case '}':
        case ']':
            if (*s++ != closing[--depth])
                return NULL;
            if (depth == 0)
                return s;
            break;
        case '"':
            s = json_skip_string(s, end);
            if (!s)
                return NULL;
            break;
        default:
            s++;
        }
    }
    return NULL;
}

const char *json_skip_value(const char *s, const char *end, char *type, bool *deep)
{
    *deep = false;
    if (s >= end)
        return NULL;
    *type = *s;
    switch (*s) {
    case '{':
    case '[':
        return skip_nested(s, end, deep);
    case '"':
        return json_skip_string(s, end);
    case 't':
        return skip_word(s, end, "true");
    case 'f':
        return skip_word(s, end, "false");
    case 'n':
        return skip_word(s, end, "null");
    default:
        *type = '0';
        return json_skip_number(s, end);
    }
}

/* The value of \uXXXX at s; -1 if it is not one. */
static int32_t read_unit(const char *s, const char *end)
{
    if (end - s < 6 || s[0] != '\\' || s[1] != 'u')
        return -1;
    int32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        char c = s[i];
        int32_t digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

size_t json_read_escape(const char *s, const char *end, uint32_t *code, bool *replaced)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    *replaced = false;
    if (end - s < 2)
        return 0;
    if (s[1] != 'u') {
        const char *name = s[1] ? strchr(names, s[1]) : NULL;
        if (!name)
            return 0;
        *code = (uint32_t)values[name - names];
        return 2;
    }
    int32_t unit = read_unit(s, end);
    if (unit < 0)
        return 0;
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        int32_t low = read_unit(s + 6, end);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *code = 0x10000u + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
            return 12;
        }
    }
    *replaced = unit == 0 || (unit >= 0xD800 && unit <= 0xDFFF);
    *code = *replaced ? 0xFFFD : (uint32_t)unit;
    return 6;
}
