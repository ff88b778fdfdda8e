/* The bytes of a FastCGI head, of a Range header and of a search. */
#include "fold.h"
#include "gateway_head.h"
#include "log_text.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_range(const char *header)
{
    int64_t first = -1, last = -1, total = (int64_t)strlen(header) * 7;
    int rc = log_text_range(header, total, &first, &last);
    if (rc == 1 && (first < 0 || last < first || last >= total))
        die("a range beyond the text");
}

/* More bytes never turn a whole head into half a one. */
static void check_head(const uint8_t *data, size_t size)
{
    enum gateway_head before = GATEWAY_HEAD_MORE;
    for (size_t len = 1; len <= size; len++) {
        enum gateway_head now = gateway_head_look(data, len, 256);
        if (before == GATEWAY_HEAD_READY && now == GATEWAY_HEAD_MORE)
            die("a whole head became half a one");
        before = now;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct fold_needle n;
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    check_head(data, MIN(size, 512));
    check_range(text);
    session_is_local(text);
    fold_needle_init(&n, text);
    if (!fold_found(&n, text, strlen(text)))
        die("a text does not hold itself");
    fold_needle_release(&n);
    free(text);
    return 0;
}
