#include "stamp.h"

#include <string.h>

enum { US_DIGITS = 16, SEQ_DIGITS = 10 };

static void put_digits(char *out, int digits, int64_t value)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

void stamp_put(char *out, struct stamp s)
{
    out[0] = '@';
    put_digits(out + 1, US_DIGITS, s.us);
    out[1 + US_DIGITS] = '.';
    put_digits(out + 2 + US_DIGITS, SEQ_DIGITS, s.seq);
    out[STAMP_LEN - 1] = '@';
}

static bool get_digits(const char *at, int digits, int64_t *value)
{
    int64_t sum = 0;
    for (int i = 0; i < digits; i++) {
        unsigned digit = (unsigned)(at[i] - '0');
        if (digit > 9)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

bool stamp_next(const char **at, const char *end, struct stamp *out)
{
    const char *p = *at;
    while ((p = memchr(p, '@', (size_t)(end - p)))) {
        if (end - p < STAMP_LEN)
            return false;
        if (p[1 + US_DIGITS] == '.' && p[STAMP_LEN - 1] == '@' &&
            get_digits(p + 1, US_DIGITS, &out->us) &&
            get_digits(p + 2 + US_DIGITS, SEQ_DIGITS, &out->seq)) {
            *at = p + STAMP_LEN;
            return true;
        }
        p++;
    }
    return false;
}
