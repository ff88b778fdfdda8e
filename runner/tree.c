#include "tree.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct process {
    pid_t pid, parent;
    char state;
    int64_t memory_pages, ticks;
    bool ours;
};

struct table {
    struct process *items;
    size_t count;
};

static ssize_t read_proc(pid_t pid, const char *name, char *buf, size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, buf, size - 1);
    close(fd);
    if (n >= 0)
        buf[n] = '\0';
    return n;
}

static bool read_process(pid_t pid, struct process *p)
{
    char text[1024];
    if (read_proc(pid, "stat", text, sizeof(text)) <= 0)
        return false;
    const char *behind = strrchr(text, ')'); /* the name may hold anything */
    long long utime, stime, cutime, cstime, pages;
    int parent;
    if (!behind ||
        sscanf(behind + 1,
               " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld %*d %*d %*d %*d "
               "%*u %*u %lld",
               &p->state, &parent, &utime, &stime, &cutime, &cstime, &pages) != 7)
        return false;
    p->pid = pid;
    p->parent = parent;
    p->ticks = utime + stime + cutime + cstime;
    p->memory_pages = pages;
    p->ours = false;
    return true;
}

static void read_table(struct table *t)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    *t = (struct table){0};
    while (proc && (entry = readdir(proc))) {
        struct process p;
        if (!isdigit((unsigned char)entry->d_name[0]) || !read_process(atoi(entry->d_name), &p))
            continue;
        if (t->count % 64 == 0)
            t->items = xreallocarray(t->items, t->count + 64, sizeof(*t->items));
        t->items[t->count++] = p;
    }
    if (proc)
        closedir(proc);
}

static bool runs_our_program(pid_t pid)
{
    char path[64];
    struct stat its, mine;
    snprintf(path, sizeof(path), "/proc/%d/exe", pid);
    return stat(path, &its) == 0 && stat("/proc/self/exe", &mine) == 0 &&
           its.st_ino == mine.st_ino && its.st_dev == mine.st_dev;
}

static void mark_children(const struct tree *tree, struct table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        struct process *p = &t->items[i];
        p->ours = (tree->ancestor && p->parent == tree->ancestor) ||
                  (tree->heir && p->parent == tree->heir && !runs_our_program(p->pid));
    }
}

/* Marks descendants, going over the table until nothing is new: children may stand before parents.
 */
static void mark_descendants(struct table *t)
{
    bool more = true;
    while (more) {
        more = false;
        for (size_t i = 0; i < t->count; i++) {
            struct process *p = &t->items[i];
            if (p->ours)
                continue;
            for (size_t k = 0; !p->ours && k < t->count; k++)
                p->ours = t->items[k].ours && t->items[k].pid == p->parent;
            more = more || p->ours;
        }
    }
}

/* Looks for NAME=cookie among the first 128 KiB of the environment; ours are put first by the
 * spawner. */
static bool has_cookie(pid_t pid, const char *cookie)
{
    enum { SIZE = 128 * 1024 };
    char *wanted = xasprintf("%s=%s", TREE_COOKIE, cookie);
    char *text = xmalloc(SIZE);
    size_t wanted_len = strlen(wanted);
    ssize_t n = read_proc(pid, "environ", text, SIZE);
    bool found = false;
    for (char *at = text; !found && n > 0 && at < text + n; at += strlen(at) + 1)
        found = strncmp(at, wanted, wanted_len) == 0 && at[wanted_len] == '\0';
    free(text);
    free(wanted);
    return found;
}

static void find(const struct tree *tree, struct table *t)
{
    pid_t self = getpid();
    read_table(t);
    mark_children(tree, t);
    mark_descendants(t);
    for (size_t i = 0; i < t->count; i++) {
        struct process *p = &t->items[i];
        if (p->pid == self || p->state == 'Z' || p->state == 'X')
            p->ours = false;
        else if (!p->ours && tree->cookie)
            p->ours = has_cookie(p->pid, tree->cookie);
    }
}

void tree_measure(const struct tree *tree, struct tree_usage *out)
{
    struct table t;
    int64_t page = sysconf(_SC_PAGESIZE), hz = sysconf(_SC_CLK_TCK);
    *out = (struct tree_usage){0};
    find(tree, &t);
    for (size_t i = 0; i < t.count; i++) {
        if (!t.items[i].ours)
            continue;
        out->processes++;
        out->memory += t.items[i].memory_pages * page;
        out->cpu_ms += t.items[i].ticks * 1000 / hz;
    }
    free(t.items);
}

int tree_signal(const struct tree *tree, int signo)
{
    struct table t;
    int count = 0;
    find(tree, &t);
    for (size_t i = 0; i < t.count; i++) {
        if (!t.items[i].ours)
            continue;
        count++;
        kill(t.items[i].pid, signo);
    }
    free(t.items);
    return count;
}
