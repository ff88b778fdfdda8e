#include "texts.h"

#include "base.h"
#include "json_text.h"

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

/* White space, and what Unicode has shown as nothing at all (White_Space,
 * Default_Ignorable_Code_Point, and the empty Braille pattern), but not what is refused as a
 * control character. */
static bool is_unseen(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x09, 0x0A},       {0x0D, 0x0D},     {0x20, 0x20},       {0xA0, 0xA0},
        {0xAD, 0xAD},       {0x34F, 0x34F},   {0x61C, 0x61C},     {0x115F, 0x1160},
        {0x1680, 0x1680},   {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x2000, 0x200F},
        {0x202F, 0x202F},   {0x205F, 0x2065}, {0x206A, 0x206F},   {0x2800, 0x2800},
        {0x3000, 0x3000},   {0x3164, 0x3164}, {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
        {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
        {0xE0000, 0xE0FFF},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    }
    return false;
}

/* The next character of valid UTF-8. */
static uint32_t next_of(const char **text)
{
    static const unsigned char masks[] = {0x7F, 0x1F, 0x0F, 0x07};
    const unsigned char *s = (const unsigned char *)*text;
    size_t more = s[0] < 0x80 ? 0 : s[0] < 0xE0 ? 1 : s[0] < 0xF0 ? 2 : 3;
    uint32_t code = s[0] & masks[more];
    for (size_t i = 1; i <= more; i++)
        code = code << 6 | (s[i] & 0x3F);
    *text += more + 1;
    return code;
}

bool texts_is_blank(const char *text)
{
    while (*text) {
        if (!is_unseen(next_of(&text)))
            return false;
    }
    return true;
}

const char *texts_beginning(struct arena *a, const char *text, size_t max)
{
    size_t len = strnlen(text, max);
    char *copy = arena_strndup(a, text, len);
    json_mend(copy, len, 0);
    return copy;
}
