#include "ansi.h"

#include <string.h>

enum { ESC = 0x1B, BEL = 0x07 };

static bool within(char c, unsigned char low, unsigned char high)
{
    return (unsigned char)c >= low && (unsigned char)c <= high;
}

static const char *skip(const char *s, const char *end, unsigned char low, unsigned char high)
{
    while (s < end && within(*s, low, high))
        s++;
    return s;
}

/* A string (the title of a window, a link) goes on to BEL or ESC backslash. */
static const char *string_end(const char *s, const char *end)
{
    while (s < end && *s != BEL && *s != ESC)
        s++;
    if (s < end && *s == BEL)
        return s + 1;
    return end - s >= 2 && s[1] == '\\' ? s + 2 : NULL;
}

const char *ansi_sequence_end(const char *s, const char *end)
{
    if (++s == end)
        return NULL;
    if (*s && strchr("]PX^_", *s))
        return string_end(s + 1, end);
    if (*s == '[') {
        s = skip(skip(s + 1, end, 0x30, 0x3F), end, 0x20, 0x2F);
        return s < end && within(*s, 0x40, 0x7E) ? s + 1 : NULL;
    }
    s = skip(s, end, 0x20, 0x2F);
    return s < end && within(*s, 0x30, 0x7E) && !strchr("[]PX^_", *s) ? s + 1 : NULL;
}

void ansi_strip(struct strbuf *out, const char *s, size_t len)
{
    const char *end = s + len;
    while (s < end) {
        const char *esc = memchr(s, ESC, (size_t)(end - s));
        const char *behind = esc ? ansi_sequence_end(esc, end) : NULL;
        const char *stop = !esc ? end : behind ? esc : esc + 1;
        strbuf_add(out, s, (size_t)(stop - s));
        s = behind ? behind : stop;
    }
}
