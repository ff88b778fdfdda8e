/* First the input as a body, then the input's lines written as a chunk: every slice of that must
 * hold the lines it should, and every element must decode to the text that was put. */
#include "chunk.h"

#include "json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_anything(const char *body, size_t len)
{
    struct strbuf out = STRBUF_INIT, text = STRBUF_INIT;
    struct chunk_iter it;
    struct chunk_line line;
    const char *element;
    size_t element_len;
    if (chunk_iter_init(&it, body, len, NULL) == 0) {
        while (chunk_iter_next(&it, &element, &element_len)) {
            strbuf_reset(&text);
            if (chunk_decode(element, element_len, &line, &text, NULL) == 0 && line.level > 3)
                die("level %d", line.level);
        }
    }
    int64_t slice = chunk_slice(body, len, 2, 3, &out, NULL);
    if (slice > 2 || (slice < 1 && out.len != 0))
        die("a slice of 2 lines holds %lld", (long long)slice);
    strbuf_release(&out);
    strbuf_release(&text);
}

/* Writes each line of the input as an element; its first bytes choose what else the element has. */
static int64_t write_lines(const char *s, const char *end, struct strbuf *body)
{
    int64_t count = 0;
    chunk_begin(body, 1);
    while (s < end) {
        const char *newline = memchr(s, '\n', (size_t)(end - s));
        const char *stop = newline ? newline : end;
        unsigned char bits = (unsigned char)*s;
        struct chunk_line line = {.ms = bits * 1000,
                                  .level = bits & 3,
                                  .text = s,
                                  .text_len = (size_t)(stop - s),
                                  .source = (bits >> 2) % 3,
                                  .metadata = bits & 16 ? "{\"a\":[1,\"]\"]}" : NULL,
                                  .metadata_len = bits & 16 ? 13 : 0,
                                  .flags = bits >> 7};
        chunk_add(body, &line);
        count++;
        s = newline ? newline + 1 : end;
    }
    chunk_end(body);
    return count;
}

/* Line `number` of the input must be what the element says. */
static void check_element(const char *element, size_t len, const char *s, size_t s_len)
{
    struct strbuf text = STRBUF_INIT, want = STRBUF_INIT, got = STRBUF_INIT;
    struct chunk_line line;
    struct err e;
    unsigned char bits = (unsigned char)*s;
    if (chunk_decode(element, len, &line, &text, &e) != 0)
        die("an element does not decode: %s", e.text);
    if (line.ms != bits * 1000 || line.level != (bits & 3) || line.source != (bits >> 2) % 3 ||
        line.flags != bits >> 7 || line.metadata_len != (bits & 16 ? 13u : 0u))
        die("an element changed");
    json_put_string(&want, s, s_len);
    json_put_string(&got, line.text, line.text_len);
    if (want.len != got.len || memcmp(want.buf, got.buf, want.len) != 0)
        die("a text changed");
    strbuf_release(&text);
    strbuf_release(&want);
    strbuf_release(&got);
}

static void check_slices(const struct strbuf *body, int64_t count)
{
    struct strbuf joined = STRBUF_INIT, part = STRBUF_INIT;
    struct chunk_iter it;
    struct err e;
    chunk_begin(&joined, 1);
    for (int64_t first = 1; first <= count; first += 3) {
        strbuf_reset(&part);
        int64_t n = chunk_slice(body->buf, body->len, first, first + 2, &part, &e);
        if (n != MIN(3, count - first + 1))
            die("a slice holds %lld lines", (long long)n);
        if (chunk_iter_init(&it, part.buf, part.len, &e) != 0)
            die("a slice is not read again: %s", e.text);
        strbuf_adds(&joined, first > 1 ? ",\t" : "");
        strbuf_add(&joined, it.at, (size_t)(it.end - it.at));
    }
    chunk_end(&joined);
    if (joined.len != body->len || memcmp(joined.buf, body->buf, body->len) != 0)
        die("the slices do not make up the whole");
    strbuf_release(&joined);
    strbuf_release(&part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *s = (const char *)data, *end = s + size;
    struct strbuf body = STRBUF_INIT;
    struct chunk_iter it;
    const char *element;
    size_t len;
    read_anything(s, size);
    /* an empty line has no first byte to choose by, so the text stops at the first one */
    for (const char *p = s; p < end; p++)
        if (*p == '\n' && (p == s || p[-1] == '\n'))
            end = p;
    int64_t count = write_lines(s, end, &body);
    if (chunk_iter_init(&it, body.buf, body.len, NULL) != 0)
        die("a chunk is not read again");
    while (chunk_iter_next(&it, &element, &len)) {
        const char *newline = memchr(s, '\n', (size_t)(end - s));
        const char *stop = newline ? newline : end;
        check_element(element, len, s, (size_t)(stop - s));
        s = newline ? newline + 1 : end;
    }
    if (it.line != count || it.at != it.end)
        die("%lld lines were written, %lld read", (long long)count, (long long)it.line);
    check_slices(&body, count);
    strbuf_release(&body);
    return 0;
}
