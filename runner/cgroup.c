#include "cgroup.h"

#include "io.h"
#include "strbuf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROC_FILE_MAX = 1024 * 1024 };

/* Where cgroup2 is mounted with its root at /: the fifth word of a line of mountinfo whose type is
 * cgroup2. */
static bool find_mount(char *out, size_t size)
{
    struct strbuf text = STRBUF_INIT;
    bool found = false;
    char *line, *rest;
    if (io_read_file("/proc/self/mountinfo", PROC_FILE_MAX, &text, NULL) != 0)
        return false;
    for (line = strtok_r(text.buf, "\n", &rest); line && !found;
         line = strtok_r(NULL, "\n", &rest)) {
        char root[256], point[256];
        found = strstr(line, " - cgroup2 ") &&
                sscanf(line, "%*s %*s %*s %255s %255s", root, point) == 2 && strcmp(root, "/") == 0;
        if (found)
            snprintf(out, size, "%s", point);
    }
    strbuf_release(&text);
    return found;
}

/* Our own cgroup2: the line `0::/path`. */
static bool find_own(char *out, size_t size)
{
    struct strbuf text = STRBUF_INIT;
    bool found = false;
    char *line, *rest;
    if (io_read_file("/proc/self/cgroup", PROC_FILE_MAX, &text, NULL) != 0)
        return false;
    for (line = strtok_r(text.buf, "\n", &rest); line && !found;
         line = strtok_r(NULL, "\n", &rest)) {
        found = strncmp(line, "0::/", 4) == 0;
        if (found)
            snprintf(out, size, "%s", strcmp(line + 3, "/") == 0 ? "" : line + 3);
    }
    strbuf_release(&text);
    return found;
}

void cgroup_make(const char *name, char *path, size_t size)
{
    char mount[256], own[512];
    if (!find_mount(mount, sizeof(mount)) || !find_own(own, sizeof(own)) ||
        snprintf(path, size, "%s%s/athanor-%s", mount, own, name) >= (int)size ||
        mkdir(path, 0755) != 0)
        *path = '\0';
}

static int open_in(const char *path, const char *file, int flags)
{
    char *full = xasprintf("%s/%s", path, file);
    int fd = *path ? open(full, flags | O_CLOEXEC) : -1;
    free(full);
    return fd;
}

int cgroup_open(const char *path)
{
    return open_in(path, ".", O_PATH | O_DIRECTORY);
}

int cgroup_count(const char *path)
{
    char text[4096];
    int fd = open_in(path, "cgroup.procs", O_RDONLY), count = 0;
    ssize_t n;
    while (fd >= 0 && (n = read(fd, text, sizeof(text))) > 0)
        for (ssize_t i = 0; i < n; i++)
            count += text[i] == '\n';
    if (fd >= 0)
        close(fd);
    return count;
}

bool cgroup_kill(const char *path)
{
    int fd = open_in(path, "cgroup.kill", O_WRONLY);
    bool done = fd >= 0 && write(fd, "1", 1) == 1;
    if (fd >= 0)
        close(fd);
    return done;
}

void cgroup_remove(const char *path)
{
    if (*path)
        rmdir(path);
}
