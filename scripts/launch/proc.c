#include "proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool proc_read(pid_t pid, struct proc_facts *out)
{
    char path[64], text[1024];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    /* The name in parentheses may hold anything, so fields are counted from its end. */
    const char *rest = strrchr(text, ')');
    int parent, group, session;
    unsigned long long start;
    if (!rest ||
        sscanf(rest + 1,
               " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &out->state, &parent, &group, &session, &start) != 5)
        return false;
    out->pid = pid;
    out->parent = parent;
    out->group = group;
    out->session = session;
    out->start = start;
    return true;
}

void proc_each(proc_each_fn *each, void *arg)
{
    DIR *dir = opendir("/proc");
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        int64_t pid;
        struct proc_facts facts;
        if (!parse_int64(entry->d_name, strlen(entry->d_name), &pid) || pid < 1 || pid > INT_MAX)
            continue;
        if (proc_read((pid_t)pid, &facts) && !each(arg, &facts))
            break;
    }
    closedir(dir);
}

bool proc_works_in(pid_t pid, const char *folder)
{
    char path[64], cwd[PATH_MAX], real[PATH_MAX];
    snprintf(path, sizeof(path), "/proc/%d/cwd", (int)pid);
    ssize_t n = readlink(path, cwd, sizeof(cwd) - 1);
    if (n <= 0 || !realpath(folder, real))
        return false;
    cwd[n] = '\0';
    size_t len = strlen(real);
    return strncmp(cwd, real, len) == 0 && (cwd[len] == '\0' || cwd[len] == '/');
}

bool proc_runs(pid_t pid, const char *file)
{
    static const char deleted[] = " (deleted)";
    char path[64], exe[PATH_MAX], real[PATH_MAX];
    snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
    ssize_t n = readlink(path, exe, sizeof(exe) - 1);
    if (n <= 0 || !realpath(file, real))
        return false;
    exe[n] = '\0';
    size_t len = (size_t)n, tail = sizeof(deleted) - 1;
    if (len > tail && strcmp(exe + len - tail, deleted) == 0)
        exe[len - tail] = '\0';
    return strcmp(exe, real) == 0;
}
