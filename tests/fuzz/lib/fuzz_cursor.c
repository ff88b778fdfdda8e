/* What is read as a cursor or a vector is written back as the same bytes (but for `RUN` alone). */
#include "cursor.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct cursor_run runs[CURSOR_RUNS_MAX], again[CURSOR_RUNS_MAX];
    struct strbuf out = STRBUF_INIT;
    struct cursor c;
    if (cursor_parse(text, size, &c, NULL) == 0) {
        cursor_put(&out, c);
        if (out.len != size || memcmp(out.buf, text, size) != 0)
            die("a cursor changed: %s", out.buf);
    }
    int count = cursor_vector_parse(text, size, runs, CURSOR_RUNS_MAX, NULL);
    if (count >= 0) {
        strbuf_reset(&out);
        cursor_vector_put(&out, runs, count);
        if (cursor_vector_parse(out.buf, out.len, again, CURSOR_RUNS_MAX, NULL) != count)
            die("a vector was not read again: %s", out.buf);
        for (int i = 0; i < count; i++)
            if (runs[i].run != again[i].run || cursor_compare(runs[i].at, again[i].at) != 0)
                die("a vector changed: %s", out.buf);
    }
    strbuf_release(&out);
    return 0;
}
