#include "text.h"

#include <stdio.h>
#include <string.h>

enum { STEP_AT = 5, STEP_DIGITS = 8 };

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

char *text_pool(void)
{
    char *pool = xmalloc((size_t)TEXT_POOL * TEXT_LINE), line[256];
    uint64_t state = 42;
    for (int i = 0; i < TEXT_POOL; i++) {
        uint32_t r[6];
        for (size_t k = 0; k < ARRAY_LEN(r); k++)
            r[k] = next_random(&state);
        int len = snprintf(line, sizeof(line),
                           "step 00000000 loss 0.%06u accuracy 0.%06u sample %07x%07x%07x%07x",
                           r[0] % 1000000, r[1] % 1000000, r[2] & 0xfffffff, r[3] & 0xfffffff,
                           r[4] & 0xfffffff, r[5] & 0xfffffff);
        char *out = pool + (size_t)i * TEXT_LINE;
        memset(out, '.', TEXT_LINE);
        memcpy(out, line, (size_t)MIN(len, TEXT_LINE - 1));
        out[TEXT_LINE - 1] = '\n';
    }
    return pool;
}

void text_line(const char *pool, int64_t number, char *out)
{
    memcpy(out, pool + (size_t)(number % TEXT_POOL) * TEXT_LINE, TEXT_LINE);
    for (int i = STEP_DIGITS - 1; i >= 0; i--) {
        out[STEP_AT + i] = (char)('0' + number % 10);
        number /= 10;
    }
}
