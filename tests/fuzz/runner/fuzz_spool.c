/* Any bytes in the spool or in the tail file: what is read from them can be walked and sent. */
#include "batch.h"
#include "append.h"
#include "tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *arg, const struct message *m)
{
    (void)arg;
    (void)m;
}

static void try_batch(const uint8_t *data, size_t size)
{
    struct batch *b = batch_decode(1, data, size, NULL);
    if (!b)
        return;
    struct params *p = params_new();
    if (!append_params(p, b, 1))
        die("no query for a batch");
    params_free(p);
    batch_free(b);
}

static void try_tail(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[64];
    int64_t numbers[2] = {0, 0};
    if (fd < 0)
        fd = memfd_create("tail", 0);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) < 0)
        return;
    if (size >= 24)
        memcpy(numbers, data + 8, sizeof(numbers));
    for (int i = 0; i < 2; i++)
        numbers[i] = numbers[i] < 0 || numbers[i] > 1000000 ? 0 : numbers[i];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct journal *j = journal_new(1, numbers[0], numbers[1], 0);
    struct hearing *h = hearing_new(j, &(struct hearing_events){.message = ignore});
    struct err e;
    if (tail_replay(path, numbers[0], numbers[1], j, h, &e) > (int64_t)size)
        die("more heard than there is");
    hearing_finish(h);
    batch_free(journal_take(j));
    hearing_free(h);
    journal_free(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_batch(data, size);
    try_tail(data, size);
    return 0;
}
