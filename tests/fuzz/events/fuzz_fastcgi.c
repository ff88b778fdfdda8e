/* The same bytes at once and in two pieces, wherever the cut: both must end alike, and a complete
 * request must be readable. */
#include "fastcgi.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of just that length, so that a read behind it is seen. */
static int feed(struct fastcgi *f, const uint8_t *data, size_t len)
{
    char *copy = xmalloc(len + 1);
    memcpy(copy, data, len);
    copy = xrealloc(copy, len ? len : 1);
    int result = fastcgi_feed(f, copy, len, NULL);
    free(copy);
    return result;
}

static void walk(const struct fastcgi *f)
{
    const char *name, *value;
    size_t at = 0, name_len, value_len, sum = 0;
    while (fastcgi_next_param(f, &at, &name, &name_len, &value, &value_len) == 1)
        sum += name_len + value_len;
    if (sum > f->params.len || f->params.len > FASTCGI_PARAMS_MAX)
        die("%zu bytes of parameters in %zu", sum, f->params.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fastcgi whole, parts;
    size_t cut = size ? data[0] * size / 256 : 0;
    fastcgi_init(&whole);
    fastcgi_init(&parts);
    int first = feed(&whole, data, size);
    int second = feed(&parts, data, cut);
    if (second == 0)
        second = feed(&parts, data + cut, size - cut);
    if (first != second || fastcgi_complete(&whole) != fastcgi_complete(&parts) ||
        whole.aborted != parts.aborted || whole.params.len != parts.params.len ||
        memcmp(whole.params.buf, parts.params.buf, whole.params.len) != 0 ||
        whole.answer.len != parts.answer.len)
        die("cut at %zu of %zu, the request is another", cut, size);
    walk(&whole);
    fastcgi_release(&whole);
    fastcgi_release(&parts);
    return 0;
}
