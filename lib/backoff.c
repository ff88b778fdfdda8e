#include "backoff.h"

#include <sys/random.h>

void backoff_reset(struct backoff *b, int64_t first_ms)
{
    b->next_ms = first_ms;
}

int64_t backoff_next(struct backoff *b)
{
    int64_t wait = b->next_ms;
    b->next_ms = wait ? MIN(wait * 2, BACKOFF_MOST_MS) : BACKOFF_FIRST_MS;
    uint32_t random = 0;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
        random = (uint32_t)clock_mono_us();
    return wait - (int64_t)(random % (uint32_t)(wait / 4 + 1));
}
