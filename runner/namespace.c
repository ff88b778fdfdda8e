#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

uint64_t namespace_flags(void)
{
    return CLONE_NEWPID | CLONE_NEWNS | (geteuid() ? CLONE_NEWUSER : 0);
}

void namespace_owner(struct namespace_owner *o)
{
    *o = (struct namespace_owner){geteuid(), getegid(), geteuid() != 0};
}

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return done;
}

static bool map_ids(const struct namespace_owner *o)
{
    char text[64];
    if (!o->mapped)
        return true;
    snprintf(text, sizeof(text), "%u %u 1", o->gid, o->gid);
    if (!write_text("/proc/self/setgroups", "deny") || !write_text("/proc/self/gid_map", text))
        return false;
    snprintf(text, sizeof(text), "%u %u 1", o->uid, o->uid);
    return write_text("/proc/self/uid_map", text);
}

/* The namespace's first process: signals from within do not touch it, and from outside only SIGKILL
 * does. */
NORETURN static void attend(pid_t program, int status_fd)
{
    int status;
    pid_t pid;
    dup2(status_fd, 0);
    close_range(1, ~0U, 0);
    while ((pid = wait(&status)) != program)
        if (pid < 0 && errno != EINTR)
            _exit(1);
    if (write(0, &status, sizeof(status)) < 0)
        _exit(1);
    _exit(0);
}

bool namespace_enter(const struct namespace_owner *o, int status_fd)
{
    if (!map_ids(o) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
        return false;
    pid_t program = fork();
    if (program > 0)
        attend(program, status_fd);
    if (program == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return program == 0;
}
