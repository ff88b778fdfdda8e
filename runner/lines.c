#include "lines.h"

#include "chunk.h"

#include <string.h>

/* A piece is emitted once more than this is there, so the buffer never holds twice as much. */
enum { PIECE = CHUNK_LINE_MAX };

void lines_init(struct lines *l)
{
    *l = (struct lines){.partial = STRBUF_INIT};
}

void lines_release(struct lines *l)
{
    strbuf_release(&l->partial);
}

/* Cuts off the \r at the end and what an earlier \r overwrites. */
static const char *visible(const char *text, size_t *len)
{
    while (*len > 0 && text[*len - 1] == '\r')
        --*len;
    const char *cr = *len ? memrchr(text, '\r', *len) : NULL;
    if (!cr)
        return text;
    *len -= (size_t)(cr + 1 - text);
    return cr + 1;
}

/* How long a piece of at most PIECE bytes may be without cutting a character in two. */
static size_t piece_len(const char *text)
{
    size_t len = PIECE;
    for (int back = 0; back < 4 && len > 0; back++, len--) {
        unsigned char next = (unsigned char)text[len];
        if ((next & 0xC0) != 0x80)
            return len;
    }
    return PIECE; /* not UTF-8 anyway */
}

/* Emits what is too long of an unfinished line; returns how many bytes are done with. */
static size_t emit_pieces(struct lines *l, const char *text, size_t len, lines_cb *cb, void *arg)
{
    size_t done = 0;
    while (len - done > PIECE) {
        size_t piece = piece_len(text + done);
        cb(arg, text + done, piece, CHUNK_CONTINUED);
        l->continued = true;
        done += piece;
    }
    return done;
}

static void emit_line(struct lines *l, const char *text, size_t len, lines_cb *cb, void *arg)
{
    text = visible(text, &len);
    size_t done = emit_pieces(l, text, len, cb, arg);
    cb(arg, text + done, len - done, 0);
    l->continued = false;
}

/* Keeps the unfinished rest. Trailing \r stay: they may belong to the end of the line. */
static void keep(struct lines *l, const char *text, size_t len, lines_cb *cb, void *arg)
{
    size_t body = len;
    const char *rest = visible(text, &body);
    size_t tail = len - (size_t)(rest - text); /* the visible part and the \r behind it */
    if (body == 0)
        tail = MIN(tail, 1); /* any number of \r alone says no more than one */
    size_t done = emit_pieces(l, rest, body, cb, arg);
    struct strbuf kept = STRBUF_INIT;
    strbuf_add(&kept, rest + done, MIN(body - done + 1, tail - done));
    strbuf_swap(&l->partial, &kept);
    strbuf_release(&kept);
}

static void feed_partial(struct lines *l, const char *data, size_t len, lines_cb *cb, void *arg)
{
    /* In steps, so that one line in a large read does not grow the buffer beyond two pieces. */
    while (len > 0) {
        size_t step = MIN(len, (size_t)PIECE);
        strbuf_add(&l->partial, data, step);
        if (l->partial.len > PIECE || memchr(data, '\r', step)) {
            struct strbuf whole = STRBUF_INIT;
            strbuf_swap(&whole, &l->partial);
            keep(l, whole.buf, whole.len, cb, arg);
            strbuf_release(&whole);
        }
        data += step;
        len -= step;
    }
}

void lines_feed(struct lines *l, const char *data, size_t len, lines_cb *cb, void *arg)
{
    const char *end = data + len;
    while (data < end) {
        const char *newline = memchr(data, '\n', (size_t)(end - data));
        if (!newline) {
            feed_partial(l, data, (size_t)(end - data), cb, arg);
            return;
        }
        if (l->partial.len == 0) {
            emit_line(l, data, (size_t)(newline - data), cb, arg);
        } else {
            feed_partial(l, data, (size_t)(newline - data), cb, arg);
            emit_line(l, l->partial.buf, l->partial.len, cb, arg);
            strbuf_reset(&l->partial);
        }
        data = newline + 1;
    }
}

void lines_end(struct lines *l, lines_cb *cb, void *arg)
{
    if (l->partial.len > 0 || l->continued)
        emit_line(l, l->partial.buf, l->partial.len, cb, arg);
    strbuf_release(&l->partial);
}

void lines_preview(const struct lines *l, const char **text, size_t *len)
{
    *len = l->partial.len;
    *text = visible(l->partial.buf, len);
}
