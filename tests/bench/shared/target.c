#include "target.h"

#include "stamp.h"

#include <string.h>

int target_send(struct target *t, int64_t count, size_t size, struct err *e)
{
    return t->kind->send(t, count, size, e);
}

int target_flush(struct target *t, struct err *e)
{
    return t->kind->flush(t, e);
}

int64_t target_last(const struct target *t)
{
    return t->last;
}

void target_free(struct target *t)
{
    t->kind->free(t);
}

void target_text(struct strbuf *out, int64_t seq, size_t size)
{
    size_t rest = MAX(size, STAMP_LEN) - STAMP_LEN;
    strbuf_grow(out, size + STAMP_LEN);
    stamp_put(out->buf + out->len, (struct stamp){.us = clock_mono_us(), .seq = seq});
    memset(out->buf + out->len + STAMP_LEN, 'x', rest);
    out->len += STAMP_LEN + rest;
    out->buf[out->len] = '\0';
}
