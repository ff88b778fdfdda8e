/* However a stream is cut into reads, the same lines come out, none is longer than it may be, and
 * their bytes are the stream's. */
#include "lines.h"

#include "chunk.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void collect(void *arg, const char *text, size_t len, int flags)
{
    struct strbuf *out = arg;
    if (len > CHUNK_LINE_MAX)
        die("a line of %zu bytes", len);
    if (memchr(text, '\n', len) || (len && memchr(text, '\r', len)))
        die("an end of line within a line");
    strbuf_add(out, text, len);
    strbuf_addc(out, flags ? '\r' : '\n');
}

static void cut(const char *data, size_t size, size_t step, struct strbuf *out)
{
    struct lines l;
    const char *text;
    size_t len;
    lines_init(&l);
    for (size_t at = 0; at < size; at += step) {
        size_t part = MIN(step, size - at);
        char *copy = xmalloc(part);
        memcpy(copy, data + at, part);
        lines_feed(&l, copy, part, collect, out);
        lines_preview(&l, &text, &len);
        free(copy);
    }
    lines_end(&l, collect, out);
    lines_release(&l);
}

/* The input, each byte many times over when it asks for it, so that long lines are met. */
static void spread(const uint8_t *data, size_t size, struct strbuf *out)
{
    size_t times = size && data[0] == 'L' ? 3000 : 1;
    for (size_t i = 0; i < size; i++)
        for (size_t k = 0; k < times && out->len < 400000; k++)
            strbuf_addc(out, (char)data[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf stream = STRBUF_INIT, whole = STRBUF_INIT, parts = STRBUF_INIT;
    size_t step = size > 1 ? (size_t)data[1] * 257 + 1 : 1;
    spread(data, size, &stream);
    cut(stream.buf, stream.len, stream.len + 1, &whole);
    cut(stream.buf, stream.len, step, &parts);
    /* A \r behind a piece that is out makes a difference, but not to streams without one. */
    if (!memchr(stream.buf, '\r', stream.len) &&
        (whole.len != parts.len || memcmp(whole.buf, parts.buf, whole.len) != 0))
        die("other lines when read by %zu", step);
    strbuf_release(&stream);
    strbuf_release(&whole);
    strbuf_release(&parts);
    return 0;
}
