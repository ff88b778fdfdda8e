#include "gateway_head.h"

#include <string.h>

/* The record header of the FastCGI protocol. */
enum { VERSION = 1, HEADER_SIZE = 8, TYPE_BEGIN = 1, TYPE_PARAMS = 4, TYPE_STDIN = 5 };

enum gateway_head gateway_head_look(const unsigned char *data, size_t len, size_t cap)
{
    bool params_ended = false;
    size_t at = 0;
    while (at < len) {
        const unsigned char *h = data + at;
        if (h[0] != VERSION || (at == 0 && len > 1 && h[1] != TYPE_BEGIN))
            return GATEWAY_HEAD_BAD;
        if (len - at < HEADER_SIZE)
            break;
        size_t content = (size_t)h[4] << 8 | h[5];
        if (h[1] == TYPE_PARAMS && content == 0) {
            params_ended = true;
            if (memmem(data, at, GATEWAY_HEAD_STREAMED, sizeof(GATEWAY_HEAD_STREAMED) - 1))
                return GATEWAY_HEAD_READY;
        }
        if (h[1] == TYPE_STDIN && content == 0 && params_ended)
            return GATEWAY_HEAD_READY;
        at += HEADER_SIZE + content + h[6];
    }
    if (len < cap)
        return GATEWAY_HEAD_MORE;
    return params_ended ? GATEWAY_HEAD_READY : GATEWAY_HEAD_BAD;
}
