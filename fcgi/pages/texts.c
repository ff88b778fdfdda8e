#include "texts.h"

#include <string.h>

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

static void check_length(struct faults *f, const char *field, const char *text, size_t max)
{
    if (characters(text) > max)
        faults_add(f, field, "takes at most %zu characters", max);
}

/* The first character of a text that nobody types and that changes how the rest looks: controls,
 * line and paragraph separators, overrides and isolates of direction. 0: none. */
static unsigned control_in(const char *text, const char *allowed)
{
    const unsigned char *s = (const unsigned char *)text;
    for (; *s; s++) {
        if ((*s < 0x20 && !strchr(allowed, *s)) || *s == 0x7F)
            return *s;
        if (s[0] == 0xC2 && s[1] < 0xA0)
            return s[1];
        if (s[0] != 0xE2 || (s[1] != 0x80 && s[1] != 0x81))
            continue;
        unsigned code = 0x2000 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
        if (code == 0x2028 || code == 0x2029 || (code >= 0x202A && code <= 0x202E) ||
            (code >= 0x2066 && code <= 0x2069))
            return code;
    }
    return 0;
}

static void check_controls(struct faults *f, const char *field, const char *text,
                           const char *allowed)
{
    unsigned code = control_in(text, allowed);
    if (code == '\n')
        faults_add(f, field, "is one line");
    else if (code)
        faults_add(f, field, "may not hold the control character U+%04X", code);
}

void texts_check_line(struct faults *f, const char *field, const char *text, size_t max)
{
    check_length(f, field, text, max);
    check_controls(f, field, text, "");
}

void texts_check_lines(struct faults *f, const char *field, const char *text, size_t max)
{
    check_length(f, field, text, max);
    check_controls(f, field, text, "\n\t");
}

bool texts_is_blank(const char *text)
{
    return !text[strspn(text, " \t\r\n")];
}
