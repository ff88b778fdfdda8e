#include "text.h"

#include "ansi.h"

#include <string.h>
#include <wchar.h>

enum { ESC = 0x1B, DEL = 0x7F };

/* Decodes the character at s into *code; its length. What is no UTF-8 is one byte, as it is. */
static size_t decode(const char *s, const char *end, uint32_t *code)
{
    unsigned char lead = (unsigned char)*s;
    size_t len = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
    *code = lead;
    if (len == 1 || len > (size_t)(end - s))
        return 1;
    uint32_t value = lead & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if (((unsigned char)s[i] & 0xC0) != 0x80)
            return 1;
        value = value << 6 | ((unsigned char)s[i] & 0x3F);
    }
    *code = value;
    return len;
}

/* C1 (a byte of it alone, too), and what turns the direction of writing. */
static bool is_dangerous(uint32_t code)
{
    return (code >= DEL && code < 0xA0) || code == 0x200E || code == 0x200F || code == 0x061C ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

static bool is_colour(const char *s, const char *behind)
{
    return behind - s >= 3 && s[1] == '[' && behind[-1] == 'm' &&
           strspn(s + 2, "0123456789;:") == (size_t)(behind - s - 3);
}

static void put_escape(struct strbuf *out, uint32_t code)
{
    strbuf_addf(out, code < 0x100 ? "\\x%02X" : "\\u%04X", code);
}

void text_put(struct strbuf *out, const char *s, size_t len, bool colours)
{
    const char *end = s + len;
    bool coloured = false;
    while (s < end) {
        uint32_t code;
        const char *behind = *s == ESC ? ansi_sequence_end(s, end) : NULL;
        size_t step = behind ? (size_t)(behind - s) : decode(s, end, &code);
        if (behind && colours && is_colour(s, behind)) {
            strbuf_add(out, s, step);
            coloured = true;
        } else if (!behind && ((code < 0x20 && code != '\t') || is_dangerous(code))) {
            put_escape(out, code);
        } else if (!behind) {
            strbuf_add(out, s, step);
        }
        s += step;
    }
    if (coloured)
        strbuf_adds(out, "\033[0m");
}

void text_put_lines(struct strbuf *out, const char *s, size_t len, bool colours)
{
    const char *end = s + len, *cut;
    while (s < end && (cut = memchr(s, '\n', (size_t)(end - s)))) {
        text_put(out, s, (size_t)(cut - s), colours);
        strbuf_adds(out, "\n    ");
        s = cut + 1;
    }
    text_put(out, s, (size_t)(end - s), colours);
}

void text_put_json(struct strbuf *out, const char *s, size_t len)
{
    const char *end = s + len;
    while (s < end) {
        uint32_t code;
        size_t step = decode(s, end, &code);
        if (is_dangerous(code))
            strbuf_addf(out, "\\u%04x", code);
        else
            strbuf_add(out, s, step);
        s += step;
    }
}

size_t text_width(const char *s, size_t len)
{
    size_t width = 0;
    for (const char *end = s + len; s < end;) {
        uint32_t code;
        s += decode(s, end, &code);
        int columns = wcwidth((wchar_t)code);
        width += columns < 0 ? 1 : (size_t)columns;
    }
    return width;
}
