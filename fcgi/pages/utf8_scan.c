#include "utf8_scan.h"

#include <string.h>

static bool is_ascii(const char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof(word));
    return (word & 0x8080808080808080u) == 0;
}

/* The first byte of a character: what must follow it. False: it is none. */
static bool begin(struct utf8_scan *u, unsigned char c)
{
    u->low = 0x80;
    u->high = 0xBF;
    if (c >= 0xC2 && c <= 0xDF) {
        u->left = 1;
    } else if (c >= 0xE0 && c <= 0xEF) {
        u->left = 2;
        u->low = c == 0xE0 ? 0xA0 : 0x80;
        u->high = c == 0xED ? 0x9F : 0xBF;
    } else if (c >= 0xF0 && c <= 0xF4) {
        u->left = 3;
        u->low = c == 0xF0 ? 0x90 : 0x80;
        u->high = c == 0xF4 ? 0x8F : 0xBF;
    } else {
        return false;
    }
    return true;
}

static bool take(struct utf8_scan *u, unsigned char c)
{
    if (u->left == 0)
        return c < 0x80 || begin(u, c);
    if (c < u->low || c > u->high)
        return false;
    u->left--;
    u->low = 0x80;
    u->high = 0xBF;
    return true;
}

static void check(struct utf8_scan *u, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        while (u->left == 0 && i + 8 <= len && is_ascii(data + i))
            i += 8;
        if (i < len && !take(u, (unsigned char)data[i])) {
            u->invalid = u->at + (int64_t)i;
            u->broken = true;
            return;
        }
    }
}

int64_t utf8_scan_feed(struct utf8_scan *u, const char *data, size_t len)
{
    const char *nul = memchr(data, '\0', len);
    if (!u->begun)
        u->invalid = -1;
    u->begun = true;
    if (!u->broken)
        check(u, data, len);
    int64_t found = nul ? u->at + (nul - data) : -1;
    u->at += (int64_t)len;
    return found;
}

void utf8_scan_end(struct utf8_scan *u)
{
    if (!u->begun)
        u->invalid = -1;
    else if (!u->broken && u->left > 0)
        u->invalid = u->at;
}
