/* Any bytes as a settings file: accepted, or refused with words. */
#include "conf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[32];
    struct err e = {0};
    if (fd < 0)
        fd = memfd_create("settings", 0);
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct conf *conf = conf_load(path, &e);
    if (!conf && !*e.text)
        abort();
    if (conf && (conf->jobs < 1 || conf->spool_mb < 1 || !conf->state || !conf->database))
        abort();
    conf_free(conf);
    return 0;
}
