/* A batch's head that is read is written back as the same bytes; what is read lies in the message.
 */
#include "feed.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct feed_head head;
    int64_t n, line;
    if (feed_parse(text, size, &head, NULL) == 0) {
        if (head.rest + head.rest_len != text + size)
            die("the rest does not reach the end");
        if (head.kind == FEED_BATCH) {
            struct strbuf out = STRBUF_INIT;
            feed_put_batch(&out, head.epoch, head.first_line, head.last_line, head.first_record,
                           head.last_record);
            if (out.len + head.rest_len != size || memcmp(out.buf, text, out.len) != 0)
                die("a batch changed: %s", out.buf);
            strbuf_release(&out);
        }
    }
    if (feed_record_place(text, size, &n, &line, NULL) == 0 && (n < 1 || line < 0))
        die("a record at %lld, %lld", (long long)n, (long long)line);
    if (feed_run_of(text, size, FEED_CHANNEL) == 0)
        die("run 0");
    return 0;
}
