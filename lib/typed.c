#include "typed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *read_integer(const char *s, size_t len)
{
    char text[24] = "-";
    int64_t value;
    size_t at = len > 0 && (s[0] == '-' || s[0] == '+');
    bool negative = at && s[0] == '-';
    while (at + 1 < len && s[at] == '0')
        at++;
    if (at == len || len - at > 19 || s[at] < '0' || s[at] > '9')
        return NULL;
    negative = negative && s[at] != '0';
    memcpy(text + negative, s + at, len - at);
    return parse_int64(text, len - at + negative, &value) ? json_integer(value) : NULL;
}

/* A decimal number and nothing else: no hexadecimal, no infinities, no comma. */
static json_t *read_real(const char *s, size_t len)
{
    char *end;
    json_t *whole = read_integer(s, len);
    if (whole || strspn(s, "0123456789+-.eE") < len)
        return whole;
    double value = strtod(s, &end);
    return end == s + len && isfinite(value) ? json_real(value) : NULL;
}

/* A whole number may be written as 1e3, but not so that digits might be lost. */
static json_t *read_whole(const char *s, size_t len)
{
    json_t *value = read_real(s, len);
    double size = fabs(json_real_value(value));
    if (!json_is_real(value) || size < 0x1p53 || size >= 0x1p63)
        return value;
    json_decref(value);
    return NULL;
}

json_t *typed_number(const char *text, bool whole)
{
    text += strspn(text, " \t\r\n");
    size_t len = strcspn(text, " \t\r\n");
    if (len == 0 || text[len + strspn(text + len, " \t\r\n")] != '\0')
        return NULL;
    return whole ? read_whole(text, len) : read_real(text, len);
}
