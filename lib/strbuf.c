#include "strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char strbuf_empty[1] = "";

void strbuf_init(struct strbuf *sb)
{
    *sb = (struct strbuf)STRBUF_INIT;
}

void strbuf_release(struct strbuf *sb)
{
    if (sb->cap)
        free(sb->buf);
    strbuf_init(sb);
}

void strbuf_reset(struct strbuf *sb)
{
    sb->len = 0;
    if (sb->cap)
        sb->buf[0] = '\0';
}

void strbuf_grow(struct strbuf *sb, size_t extra)
{
    if (extra > SIZE_MAX - sb->len - 1)
        die("out of memory (buffer too large)");
    size_t need = sb->len + extra + 1;
    if (need <= sb->cap)
        return;
    size_t cap = sb->cap < SIZE_MAX / 2 ? sb->cap * 2 : need;
    if (cap < need)
        cap = need;
    if (cap < 64)
        cap = 64;
    char *old = sb->cap ? sb->buf : NULL;
    sb->buf = xrealloc(old, cap);
    sb->cap = cap;
    sb->buf[sb->len] = '\0';
}

void strbuf_truncate(struct strbuf *sb, size_t len)
{
    if (len > sb->len)
        die("strbuf_truncate beyond the end");
    sb->len = len;
    if (sb->cap)
        sb->buf[len] = '\0';
}

void strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
    if (!len)
        return;
    strbuf_grow(sb, len);
    memcpy(sb->buf + sb->len, data, len);
    sb->len += len;
    sb->buf[sb->len] = '\0';
}

void strbuf_adds(struct strbuf *sb, const char *s)
{
    strbuf_add(sb, s, strlen(s));
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    strbuf_grow(sb, 64);
    int n = vsnprintf(sb->buf + sb->len, sb->cap - sb->len, fmt, ap);
    if (n < 0)
        die("bad format: %s", fmt);
    if ((size_t)n >= sb->cap - sb->len) {
        strbuf_grow(sb, (size_t)n);
        vsnprintf(sb->buf + sb->len, sb->cap - sb->len, fmt, again);
    }
    va_end(again);
    sb->len += (size_t)n;
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    strbuf_vaddf(sb, fmt, ap);
    va_end(ap);
}

void strbuf_add_int(struct strbuf *sb, int64_t value)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    if (value < 0)
        digits[--at] = '-';
    strbuf_add(sb, digits + at, sizeof(digits) - at);
}

void strbuf_consume(struct strbuf *sb, size_t len)
{
    if (len > sb->len)
        die("strbuf_consume beyond the end");
    if (!len)
        return;
    memmove(sb->buf, sb->buf + len, sb->len - len);
    sb->len -= len;
    sb->buf[sb->len] = '\0';
}

char *strbuf_detach(struct strbuf *sb, size_t *len)
{
    strbuf_grow(sb, 0);
    char *out = sb->buf;
    if (len)
        *len = sb->len;
    strbuf_init(sb);
    return out;
}

void strbuf_swap(struct strbuf *a, struct strbuf *b)
{
    struct strbuf t = *a;
    *a = *b;
    *b = t;
}
