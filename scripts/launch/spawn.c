#include "spawn.h"

#include "fork.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { LISTEN_FD = 3 };

NORETURN static void give_up(const char *what)
{
    dprintf(STDERR_FILENO, "cannot start: %s: %s\n", what, strerror(errno));
    _exit(127);
}

/* `held`: the one that the program lets in when it can hear it, or 0. */
static void clean_signals(int held)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    if (held)
        sigaddset(&blocked, held);
    for (int signo = 1; signo < NSIG; signo++)
        (void)signal(signo, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static void place_descriptors(int out, int listen_fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0)
        give_up("/dev/null");
    if (out >= 0 && (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0))
        give_up("its output");
    if (listen_fd == LISTEN_FD) {
        (void)fcntl(LISTEN_FD, F_SETFD, 0);
    } else if (listen_fd >= 0) {
        if (dup2(listen_fd, LISTEN_FD) < 0)
            give_up("its socket");
    }
}

static void tell_of_socket(const struct table_program *spec)
{
    char pid[16];
    if (spec->pass == TABLE_PASS_NGINX) {
        /* What an nginx tells its successor when it changes its binary: the sockets to take over.
         */
        (void)setenv("NGINX", "3;", 1);
        return;
    }
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    (void)setenv("LISTEN_FDS", "1", 1);
    (void)setenv("LISTEN_PID", pid, 1);
}

NORETURN static void become(const struct table_program *spec, const char *folder, int out,
                            int listen_fd, pid_t launcher)
{
    clean_signals(spec->keep_orphans ? spec->stop_signal : 0);
    (void)setsid();
    if (prctl(PR_SET_PDEATHSIG, spec->orphaned_signal) < 0)
        give_up("prctl");
    if (getppid() != launcher) /* it died before that took hold */
        _exit(1);
    if (chdir(folder) < 0)
        give_up(folder);
    place_descriptors(out, listen_fd);
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("NGINX");
    if (listen_fd >= 0)
        tell_of_socket(spec);
    for (int i = 0; i < spec->envc; i++)
        (void)putenv(spec->env[i]);
    execvp(spec->argv[0], spec->argv);
    give_up(spec->argv[0]);
}

pid_t spawn(const struct table_program *spec, const char *folder, int out, int listen_fd,
            struct err *e)
{
    pid_t launcher = getpid();
    pid_t pid = fork_deaf();
    if (pid == 0)
        become(spec, folder, out, listen_fd, launcher);
    if (pid < 0)
        err_errno(e, "cannot start %s", spec->name);
    return pid;
}
