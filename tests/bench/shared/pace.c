#include "pace.h"

#include <errno.h>
#include <time.h>

void pace_init(struct pace *p, double rate, int64_t total)
{
    *p = (struct pace){.interval_us = 1e6 / rate, .begin_us = clock_mono_us(), .total = total};
}

static void sleep_until(int64_t us)
{
    struct timespec at = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
}

int64_t pace_next(struct pace *p)
{
    if (p->given >= p->total)
        return 0;
    int64_t now = clock_mono_us();
    int64_t due = p->begin_us + (int64_t)((double)p->given * p->interval_us);
    if (p->interval_us < PACE_GROUP_US && p->given > 0)
        due += PACE_GROUP_US;
    if (now < due) {
        sleep_until(due);
        now = clock_mono_us();
    }
    p->latest_us = MAX(p->latest_us, now - due);
    int64_t until = (int64_t)((double)(now - p->begin_us) / p->interval_us) + 1;
    int64_t count = MIN(until, p->total) - p->given;
    count = MAX(1, MIN(count, PACE_GROUP_MOST));
    p->given += count;
    return count;
}

int64_t pace_latest_us(const struct pace *p)
{
    return p->latest_us;
}

double pace_seconds(const struct pace *p)
{
    return (double)(clock_mono_us() - p->begin_us) / 1e6;
}
