#include "fold.h"

#include <locale.h>
#include <string.h>
#include <wctype.h>

/* Lower case by the rules of Unicode; without the locale (it is part of libc) ASCII alone is
 * folded. */
static uint32_t lower(uint32_t code)
{
    static locale_t unicode;
    static bool tried;
    if (!tried) {
        unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
        tried = true;
    }
    uint32_t low = unicode ? (uint32_t)towlower_l((wint_t)code, unicode) : code;
    return low < 0x80 ? code : low;
}

static size_t decode(const unsigned char *s, size_t left, uint32_t *code)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    size_t n = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (s[0] < 0xC0 || n > left)
        return 0;
    *code = s[0] & masks[n];
    for (size_t i = 1; i < n; i++)
        *code = *code << 6 | (s[i] & 0x3F);
    return n;
}

static void put(struct strbuf *out, uint32_t code)
{
    if (code >= 0x10000) {
        strbuf_addc(out, (char)(0xF0 | code >> 18));
        strbuf_addc(out, (char)(0x80 | (code >> 12 & 0x3F)));
    } else if (code >= 0x800) {
        strbuf_addc(out, (char)(0xE0 | code >> 12));
    }
    if (code >= 0x800)
        strbuf_addc(out, (char)(0x80 | (code >> 6 & 0x3F)));
    else
        strbuf_addc(out, (char)(0xC0 | code >> 6));
    strbuf_addc(out, (char)(0x80 | (code & 0x3F)));
}

void fold_put(struct strbuf *out, const char *s, size_t len)
{
    strbuf_grow(out, len);
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)s[i];
        uint32_t code;
        size_t n;
        if (c < 0x80) {
            strbuf_addc(out, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : (char)c);
            i++;
        } else if ((n = decode((const unsigned char *)s + i, len - i, &code)) == 0) {
            strbuf_addc(out, (char)c);
            i++;
        } else {
            put(out, lower(code));
            i += n;
        }
    }
}

static char lower_ascii(char c)
{
    return (char)(c | (c >= 'A' && c <= 'Z' ? 0x20 : 0));
}

void fold_ascii(struct strbuf *out, const char *s, size_t len)
{
    enum { BLOCK = 64 }; /* a constant number of bytes, for the compiler to take them at once */
    strbuf_grow(out, len);
    char *to = out->buf + out->len;
    size_t i = 0;
    for (; i + BLOCK <= len; i += BLOCK)
        for (size_t j = 0; j < BLOCK; j++)
            to[i + j] = lower_ascii(s[i + j]);
    for (; i < len; i++)
        to[i] = lower_ascii(s[i]);
    to[len] = '\0';
    out->len += len;
}

void fold_needle_init(struct fold_needle *n, const char *s)
{
    strbuf_init(&n->folded);
    strbuf_init(&n->scratch);
    fold_put(&n->folded, s, strlen(s));
    n->plain = true;
    for (; *s; s++)
        n->plain = n->plain && *s >= 0x20 && *s < 0x7F && *s != '"' && *s != '\\';
}

void fold_needle_release(struct fold_needle *n)
{
    strbuf_release(&n->folded);
    strbuf_release(&n->scratch);
}

bool fold_found(struct fold_needle *n, const char *s, size_t len)
{
    strbuf_reset(&n->scratch);
    fold_put(&n->scratch, s, len);
    return memmem(n->scratch.buf, n->scratch.len, n->folded.buf, n->folded.len) != NULL;
}
