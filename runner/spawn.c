#include "spawn.h"

#include "io.h"
#include "namespace.h"
#include "strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CHILD_STACK = 64 * 1024 };

/* Which step failed in the child; its errno goes with it through the pipe. */
enum step { STEP_SETUP, STEP_NAMESPACE, STEP_FOLDER, STEP_EXEC };
struct failure {
    enum step step;
    int error;
};

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *spawn_resolve(const char *program, const char *folder, const char *path, struct err *e)
{
    char *candidate = *program == '/' ? xstrdup(program) : xasprintf("%s/%s", folder, program);
    struct stat st;
    if (is_program(candidate))
        return candidate;
    bool there = stat(candidate, &st) == 0 && S_ISREG(st.st_mode);
    for (const char *at = path; !strchr(program, '/') && at && *at;) {
        size_t len = strcspn(at, ":");
        free(candidate);
        candidate = xasprintf("%.*s/%s", (int)len, at, program);
        if (len && is_program(candidate))
            return candidate;
        at += len + (at[len] == ':');
    }
    free(candidate);
    if (there)
        err_set(e, ERR_INVALID, "cannot start \"%.200s\": it is not executable, chmod +x it",
                program);
    else
        err_set(e, ERR_NOT_FOUND,
                "cannot start \"%.200s\": it is neither in the folder nor in PATH", program);
    return NULL;
}

static char *with_folder(const char *argument, const char *folder)
{
    struct strbuf out = STRBUF_INIT;
    for (const char *at; (at = strstr(argument, "{dir}")) != NULL; argument = at + 5) {
        strbuf_add(&out, argument, (size_t)(at - argument));
        strbuf_adds(&out, folder);
    }
    strbuf_adds(&out, argument);
    return strbuf_detach(&out, NULL);
}

static char **make_argv(const struct spawn_request *r)
{
    size_t count = json_array_size(r->command);
    char **argv = xcalloc(count + 1, sizeof(*argv));
    for (size_t i = 0; i < count; i++)
        argv[i] = with_folder(json_string_value(json_array_get(r->command, i)), r->folder);
    return argv;
}

static void free_argv(char **argv)
{
    for (char **a = argv; *a; a++)
        free(*a);
    free(argv);
}

/* All of them by the system call itself: the C library keeps two to itself, but ignored ones are
 * inherited. */
static void reset_signals(void)
{
    const struct {
        unsigned long handler, flags, restorer, mask;
    } by_default = {0};
    sigset_t none;
    for (int signo = 1; signo < NSIG; signo++)
        syscall(SYS_rt_sigaction, signo, &by_default, NULL, sizeof(by_default.mask));
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Puts the four descriptors in place; `ends` are ours to give to 0..3, `report` to keep. */
static bool place_descriptors(const int ends[4], int *report)
{
    int high[5];
    for (int i = 0; i < 5; i++)
        if ((high[i] = fcntl(i < 4 ? ends[i] : *report, F_DUPFD_CLOEXEC, 16)) < 0)
            return false;
    for (int i = 0; i < 4; i++)
        if (dup2(high[i], i) < 0)
            return false;
    if (dup3(high[4], 4, O_CLOEXEC) < 0)
        return false;
    *report = 4;
    return close_range(5, ~0U, 0) == 0;
}

/* What the child needs beside the request; all but `program` and `argv` for its own process alone.
 */
struct birth {
    const struct spawn_request *request;
    const char *program;
    char **argv;
    int ends[4], report, status;
    pid_t parent;
    struct namespace_owner owner;
};

/* Comes back only when a step fails. */
static enum step become_program(const struct spawn_request *r, struct birth *b)
{
    if (r->pid_namespace && !namespace_enter(&b->owner, b->status))
        return STEP_NAMESPACE;
    umask(022);
    if (!place_descriptors(b->ends, &b->report))
        return STEP_SETUP;
    if (chdir(r->work) != 0)
        return STEP_FOLDER;
    execve(b->program, b->argv, r->environment);
    return STEP_EXEC;
}

/* The child from its birth on; it only returns to report that a step has failed. */
static int run_child(void *arg)
{
    struct birth *b = arg;
    struct failure f;
    reset_signals();
    setsid();
    /* Without its supervisor the run is over: better dead at once than found later. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!b->request->pid_namespace && getppid() != b->parent)
        _exit(1);
    f.step = become_program(b->request, b);
    f.error = errno;
    int report = b->report;
    if (write(report, &f, sizeof(f)) < 0) {
        /* nobody listens */
    }
    _exit(127);
}

static int explain(const struct failure *f, const struct spawn_request *r, struct err *e)
{
    const char *program = json_string_value(json_array_get(r->command, 0));
    errno = f->error;
    switch (f->step) {
    case STEP_NAMESPACE:
        return err_errno(e,
                         "cannot start \"%.200s\": the system lets us make no PID namespace, which "
                         "pid_namespace asks for",
                         program);
    case STEP_FOLDER:
        return err_errno(e, "cannot start \"%.200s\": cannot enter its working folder", program);
    case STEP_EXEC:
        if (f->error == ENOEXEC)
            return err_set(
                e, ERR_INVALID,
                "cannot start \"%.200s\": it is no program for this machine, or a script "
                "without a #! line",
                program);
        if (f->error == ENOENT)
            return err_set(e, ERR_NOT_FOUND,
                           "cannot start \"%.200s\": the interpreter that it names is not there",
                           program);
        return err_errno(e, "cannot start \"%.200s\"", program);
    case STEP_SETUP:
        break;
    }
    return err_errno(e, "cannot start \"%.200s\": cannot set up the process", program);
}

struct plumbing {
    int in;
    int out[2], err[2], messages[2], report[2], status[2];
};

static void close_all(const struct plumbing *p, bool ours)
{
    const int *pairs[] = {p->out, p->err, p->messages};
    if (p->in >= 0)
        close(p->in);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        if (pairs[i][1] >= 0)
            close(pairs[i][1]);
        if (ours && pairs[i][0] >= 0)
            close(pairs[i][0]);
    }
    if (p->report[1] >= 0)
        close(p->report[1]);
    if (p->status[1] >= 0)
        close(p->status[1]);
    if (ours && p->status[0] >= 0)
        close(p->status[0]);
}

static int open_all(struct plumbing *p, bool status, struct err *e)
{
    *p = (struct plumbing){-1, {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    p->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (p->in < 0 || pipe2(p->out, O_CLOEXEC) != 0 || pipe2(p->err, O_CLOEXEC) != 0 ||
        pipe2(p->messages, O_CLOEXEC) != 0 || pipe2(p->report, O_CLOEXEC) != 0 ||
        (status && pipe2(p->status, O_CLOEXEC) != 0))
        return err_errno(e, "cannot make pipes");
    if (io_set_nonblock(p->out[0], e) != 0 || io_set_nonblock(p->err[0], e) != 0 ||
        io_set_nonblock(p->messages[0], e) != 0)
        return -1;
    return 0;
}

/* The child's report: nothing (it runs), or why not. */
static int hear_report(int fd, struct failure *f)
{
    ssize_t n;
    do {
        n = read(fd, f, sizeof(*f));
    } while (n < 0 && errno == EINTR);
    return n == sizeof(*f);
}

/* Copying our memory map, only to drop it, is half of what a start costs: this child borrows it,
 * with a stack of its own, and we stand still until it has become the program. */
static pid_t make_borrower(struct birth *b)
{
    char *stack = xmalloc(CHILD_STACK);
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all,
                &before); /* our handlers are not for its memory, which is ours */
    pid_t pid = clone(run_child, stack + CHILD_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, b);
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    free(stack);
    errno = error;
    return pid;
}

/* A child born in the cgroup: moving it there later takes the kernel many milliseconds. Where that
 * is refused, the environment's cookie and the subreaper remain; a namespace that is refused is an
 * error. */
static pid_t make_process(const struct spawn_request *r, struct birth *b)
{
    struct clone_args args = {
        .flags = (r->cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0) |
                 (r->pid_namespace ? namespace_flags() : 0),
        .exit_signal = SIGCHLD,
        .cgroup = r->cgroup_fd >= 0 ? (__u64)(unsigned)r->cgroup_fd : 0,
    };
    pid_t pid = args.flags ? (pid_t)syscall(SYS_clone3, &args, sizeof(args)) : -1;
    if (pid < 0 && r->pid_namespace && r->cgroup_fd >= 0) {
        args.flags &= ~(__u64)CLONE_INTO_CGROUP;
        args.cgroup = 0;
        pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    }
    if (pid == 0)
        _exit(run_child(b));
    return pid > 0 || r->pid_namespace ? pid : make_borrower(b);
}

static int start(const struct spawn_request *r, const char *program, char **argv,
                 struct spawned *out, struct err *e)
{
    struct plumbing p;
    struct failure f = {.step = STEP_NAMESPACE};
    struct birth b = {.request = r, .program = program, .argv = argv, .parent = getpid()};
    pid_t pid = -1;
    bool failed = false;
    if (open_all(&p, r->pid_namespace, e) == 0) {
        const int ends[4] = {p.in, p.out[1], p.err[1], p.messages[1]};
        memcpy(b.ends, ends, sizeof(ends));
        b.report = p.report[1];
        b.status = p.status[1];
        namespace_owner(&b.owner);
        pid = make_process(r, &b);
        f.error = errno;
        if (pid < 0 && r->pid_namespace)
            explain(&f, r, e);
        else if (pid < 0)
            err_errno(e, "cannot make a process");
    }
    close_all(&p, pid < 0);
    failed = pid > 0 && hear_report(p.report[0], &f);
    if (p.report[0] >= 0)
        close(p.report[0]);
    *out = (struct spawned){pid, p.out[0], p.err[0], p.messages[0], p.status[0]};
    if (!failed)
        return pid < 0 ? -1 : 0;
    spawned_close(out);
    return explain(&f, r, e);
}

void spawned_close(struct spawned *s)
{
    int *const all[] = {&s->out, &s->err, &s->messages, &s->status};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (*all[i] >= 0)
            close(*all[i]);
        *all[i] = -1;
    }
}

int spawn(const struct spawn_request *r, struct spawned *out, struct err *e)
{
    const char *path = "";
    for (char *const *item = r->environment; *item; item++)
        if (strncmp(*item, "PATH=", 5) == 0)
            path = *item + 5;
    const char *name = json_string_value(json_array_get(r->command, 0));
    char *program = spawn_resolve(name, r->folder, path, e);
    if (!program)
        return -1;
    char **argv = make_argv(r);
    int rc = start(r, program, argv, out, e);
    free_argv(argv);
    free(program);
    return rc;
}
