/* A stream of any bytes: cut in two anywhere it tells the same frames as in one piece. */
#include "sse.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(void *arg, const struct sse_frame *frame)
{
    strbuf_adds(arg, frame->event);
    strbuf_addc(arg, '\0');
    strbuf_add(arg, frame->data, frame->len);
    strbuf_addc(arg, '\0');
    if (frame->data[frame->len])
        die("a frame has no end");
}

static void push(struct sse *s, const char *bytes, size_t len)
{
    if (sse_push(s, bytes, len, NULL) < 0)
        die("refused");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf once = STRBUF_INIT, twice = STRBUF_INIT;
    struct sse a, b;
    size_t cut = size ? data[0] % size : 0;
    const char *bytes = (const char *)data;
    sse_init(&a, note, &once);
    sse_init(&b, note, &twice);
    push(&a, bytes, size);
    push(&b, bytes, cut);
    push(&b, bytes + cut, size - cut);
    if (once.len != twice.len || memcmp(once.buf, twice.buf, once.len) != 0)
        die("the frames depend on the cut");
    if (a.last_id.len != b.last_id.len || a.retry_ms != b.retry_ms)
        die("the place depends on the cut");
    sse_release(&a);
    sse_release(&b);
    strbuf_release(&once);
    strbuf_release(&twice);
    return 0;
}
