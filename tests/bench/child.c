/*
 * The experiments of the measurements: programs that print and know nothing of Athanor.
 *
 *     child flood LINES             prints LINES lines of 80 bytes (shared/text.h) as fast as it
 * can child clock COUNT EVERY_MS    prints its own wall clock in microseconds, COUNT times, a line
 * every EVERY_MS child talk COUNT EVERY_MS     prints COUNT lines of 80 bytes, one every EVERY_MS
 *     child hold SECONDS            prints one line and waits
 */
#include "text.h"

#include "err.h"
#include "io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK_LINES = 800 };

static void put(const char *data, size_t len)
{
    struct err e;
    if (io_write_all(STDOUT_FILENO, data, len, &e))
        die("cannot print: %s", e.text);
}

static void sleep_until(int64_t us)
{
    struct timespec at = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
}

static void flood(int64_t lines, int64_t unused)
{
    char *pool = text_pool(), *block = xmalloc((size_t)BLOCK_LINES * TEXT_LINE);
    (void)unused;
    for (int64_t done = 0; done < lines;) {
        int64_t count = MIN(lines - done, BLOCK_LINES);
        for (int64_t i = 0; i < count; i++)
            text_line(pool, done + i, block + i * TEXT_LINE);
        put(block, (size_t)(count * TEXT_LINE));
        done += count;
    }
    free(block);
    free(pool);
}

static void print_clock(int64_t count, int64_t every_ms)
{
    int64_t begin = clock_mono_us();
    char line[64];
    for (int64_t i = 0; i < count; i++) {
        struct timespec now;
        sleep_until(begin + i * every_ms * 1000);
        clock_gettime(CLOCK_REALTIME, &now);
        int len = snprintf(line, sizeof(line), "%lld\n",
                           (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
        put(line, (size_t)len);
    }
}

static void talk(int64_t count, int64_t every_ms)
{
    char *pool = text_pool(), line[TEXT_LINE];
    int64_t begin = clock_mono_us();
    for (int64_t i = 0; i < count; i++) {
        sleep_until(begin + i * every_ms * 1000);
        text_line(pool, i, line);
        put(line, sizeof(line));
    }
    free(pool);
}

static void hold(int64_t seconds, int64_t unused)
{
    (void)unused;
    put("here\n", 5);
    sleep_until(clock_mono_us() + seconds * 1000000);
}

static const struct mode {
    const char *name;
    void (*run)(int64_t a, int64_t b);
} modes[] = {{"flood", flood}, {"clock", print_clock}, {"talk", talk}, {"hold", hold}};

int main(int argc, char **argv)
{
    int64_t a = 0, b = 0;
    bool fine = argc >= 3 && parse_int64(argv[2], strlen(argv[2]), &a) &&
                (argc < 4 || parse_int64(argv[3], strlen(argv[3]), &b));
    for (size_t i = 0; fine && i < ARRAY_LEN(modes); i++) {
        if (!strcmp(argv[1], modes[i].name)) {
            modes[i].run(a, b);
            return 0;
        }
    }
    die("usage: child flood LINES | clock COUNT EVERY_MS | talk COUNT EVERY_MS | hold SECONDS");
}
