/* The same bytes at once, in two pieces wherever the cut, and byte by byte: all must end alike, and
 * a complete request must be readable. */
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

static void check_same(const struct fastcgi *a, int result_a, const struct fastcgi *b, int result_b)
{
    if (result_a != result_b || fastcgi_complete(a) != fastcgi_complete(b) ||
        a->aborted != b->aborted || a->too_large != b->too_large ||
        a->params.len != b->params.len || a->answer.len != b->answer.len ||
        memcmp(a->params.buf, b->params.buf, a->params.len) != 0)
        die("cut in pieces, the request is another");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fastcgi whole, halves, bytes;
    size_t cut = size ? data[0] * size / 256 : 0;
    fastcgi_init(&whole);
    fastcgi_init(&halves);
    fastcgi_init(&bytes);
    int first = feed(&whole, data, size);
    int second = feed(&halves, data, cut);
    if (second == 0)
        second = feed(&halves, data + cut, size - cut);
    int third = 0;
    for (size_t i = 0; i < size && third == 0; i++)
        third = feed(&bytes, data + i, 1);
    check_same(&whole, first, &halves, second);
    check_same(&whole, first, &bytes, third);
    walk(&whole);
    fastcgi_release(&whole);
    fastcgi_release(&halves);
    fastcgi_release(&bytes);
    return 0;
}
