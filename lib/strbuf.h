/*
 * strbuf.h - one growing byte buffer for everything.
 *
 * `buf` is always terminated by a NUL that `len` does not count, also when empty, so it can be used
 * as a C string; it may hold NULs of its own. Whoever calls strbuf_init (or uses STRBUF_INIT) calls
 * strbuf_release. Growing aborts when there is no memory, so nothing here fails.
 */
#ifndef ATHANOR_STRBUF_H
#define ATHANOR_STRBUF_H

#include "base.h"

#include <stdarg.h>

struct strbuf {
    char *buf;
    size_t len;
    size_t cap; /* bytes owned, 0 while buf points at the shared empty string */
};

extern char strbuf_empty[1];
#define STRBUF_INIT                                                                                \
    {                                                                                              \
        .buf = strbuf_empty, .len = 0, .cap = 0                                                    \
    }

void strbuf_init(struct strbuf *sb);

/* Frees the memory; the buffer is empty and usable again. */
void strbuf_release(struct strbuf *sb);

/* Sets the length to 0 and keeps the memory. */
void strbuf_reset(struct strbuf *sb);

/* Makes room for `extra` more bytes and a NUL. */
void strbuf_grow(struct strbuf *sb, size_t extra);

/* Cuts to `len` bytes, which must not exceed the current length. */
void strbuf_truncate(struct strbuf *sb, size_t len);

void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_adds(struct strbuf *sb, const char *s);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap);
void strbuf_add_int(struct strbuf *sb, int64_t value); /* decimal; much faster than addf */

static inline void strbuf_addc(struct strbuf *sb, char c)
{
    if (sb->len + 1 >= sb->cap)
        strbuf_grow(sb, 1);
    sb->buf[sb->len++] = c;
    sb->buf[sb->len] = '\0';
}

/* Drops the first `len` bytes. */
void strbuf_consume(struct strbuf *sb, size_t len);

/* Hands the memory to the caller, who frees it with free(); the buffer is empty again. */
MUST_CHECK char *strbuf_detach(struct strbuf *sb, size_t *len);

/* Exchanges two buffers. */
void strbuf_swap(struct strbuf *a, struct strbuf *b);

#endif
