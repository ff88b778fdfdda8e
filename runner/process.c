#include "process.h"

#include "fork.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS_MAX = 16 };

struct process {
    struct processes *all;
    struct process *next;
    pid_t pid;
    int pidfd; /* of an adopted one, else -1 */
    struct loop_io *io;
    process_cb *cb;
    void *arg;
};

struct processes {
    struct loop *loop;
    struct loop_signal *sigchld;
    struct process *first;
};

static void release(struct process *p)
{
    loop_io_free(p->io);
    if (p->pidfd >= 0)
        close(p->pidfd);
    free(p);
}

static struct process *unlink_pid(struct processes *all, pid_t pid)
{
    for (struct process **at = &all->first; *at; at = &(*at)->next) {
        struct process *p = *at;
        if (p->pid == pid) {
            *at = p->next;
            return p;
        }
    }
    return NULL;
}

static void end(struct processes *all, pid_t pid, int status)
{
    struct process *p = unlink_pid(all, pid);
    if (!p)
        return;
    p->cb(p->arg, status);
    release(p);
}

static void on_sigchld(void *arg)
{
    struct processes *all = arg;
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        end(all, pid, status);
}

static void on_pidfd(void *arg, int events)
{
    (void)events;
    struct process *p = arg;
    end(p->all, p->pid, -1);
}

struct processes *processes_new(struct loop *l)
{
    struct processes *all = xcalloc(1, sizeof(*all));
    all->loop = l;
    all->sigchld = loop_signal_new(l, SIGCHLD, on_sigchld, all);
    return all;
}

void processes_free(struct processes *all)
{
    if (!all)
        return;
    while (all->first) {
        struct process *p = all->first;
        all->first = p->next;
        release(p);
    }
    loop_signal_free(all->sigchld);
    free(all);
}

static struct process *add(struct processes *all, pid_t pid, int pidfd, process_cb *cb, void *arg)
{
    struct process *p = xcalloc(1, sizeof(*p));
    *p = (struct process){.all = all, .next = all->first, .pid = pid, .pidfd = pidfd, .cb = cb};
    p->arg = arg;
    all->first = p;
    if (pidfd >= 0)
        p->io = loop_io_new(all->loop, pidfd, LOOP_READ, on_pidfd, p);
    return p;
}

NORETURN static void run(char *const *argv, int stdin_fd, int stdout_fd)
{
    sigset_t none;
    setsid();
    for (int signo = 1; signo < NSIG; signo++)
        signal(signo, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(stdin_fd, 0) >= 0 && dup2(stdout_fd, 1) >= 0) {
        close_range(3, ~0U, 0);
        execv("/proc/self/exe", argv);
    }
    _exit(127);
}

/* Both ends of what shall be pipes; [0] is read from. */
struct ends {
    int in[2], out[2];
};

static void close_both(const int ends[2])
{
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

static int open_ends(struct ends *ends, bool in, bool out, struct err *e)
{
    *ends = (struct ends){{-1, -1}, {-1, -1}};
    if ((in && pipe2(ends->in, O_CLOEXEC) != 0) || (out && pipe2(ends->out, O_CLOEXEC) != 0))
        return err_errno(e, "cannot make a pipe");
    if (!in && (ends->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
        return err_errno(e, "cannot open /dev/null");
    return out ? io_set_nonblock(ends->out[0], e) : 0;
}

static struct process *start(struct processes *all, const char *const *args, int *in, int *out,
                             process_cb *cb, void *arg, struct err *e)
{
    char *argv[ARGS_MAX] = {"athanor-runner"};
    struct ends ends;
    pid_t pid = -1;
    for (size_t i = 0; i < ARGS_MAX - 2 && args[i]; i++)
        argv[i + 1] = (char *)(uintptr_t)args[i];
    if (open_ends(&ends, in != NULL, out != NULL, e) == 0) {
        pid = fork_deaf();
        if (pid == 0)
            run(argv, ends.in[0], out ? ends.out[1] : STDERR_FILENO);
        if (pid < 0)
            err_errno(e, "cannot make a process");
    }
    if (pid < 0) {
        close_both(ends.in);
        close_both(ends.out);
        return NULL;
    }
    close(ends.in[0]);
    if (in)
        *in = ends.in[1];
    if (out) {
        close(ends.out[1]);
        *out = ends.out[0];
    }
    return add(all, pid, -1, cb, arg);
}

struct process *process_start(struct processes *all, const char *const *args, int *out,
                              process_cb *cb, void *arg, struct err *e)
{
    return start(all, args, NULL, out, cb, arg, e);
}

struct process *process_start_fed(struct processes *all, const char *const *args, int *in,
                                  process_cb *cb, void *arg, struct err *e)
{
    return start(all, args, in, NULL, cb, arg, e);
}

struct process *process_adopt(struct processes *all, pid_t pid, process_cb *cb, void *arg,
                              struct err *e)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0) {
        if (errno == ESRCH)
            err_set(e, ERR_NOT_FOUND, "there is no process %d", pid);
        else
            err_errno(e, "cannot watch process %d", pid);
        return NULL;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return add(all, pid, fd, cb, arg);
}

pid_t process_pid(const struct process *p)
{
    return p->pid;
}

void process_words(int wait_status, char *out, size_t size)
{
    if (wait_status == -1)
        snprintf(out, size, "an unknown end");
    else if (WIFSIGNALED(wait_status))
        snprintf(out, size, "signal %d (SIG%s)", WTERMSIG(wait_status),
                 sigabbrev_np(WTERMSIG(wait_status)) ? sigabbrev_np(WTERMSIG(wait_status)) : "?");
    else
        snprintf(out, size, "exit code %d", WEXITSTATUS(wait_status));
}
