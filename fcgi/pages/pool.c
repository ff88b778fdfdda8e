#include "pool.h"

#include "log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POOL_MAX = 256, GRACE_S = 10, YOUNG_MS = 1000 };

struct child {
    pid_t pid; /* 0: none */
    int64_t born;
};

struct pool {
    const struct worker_setup *setup;
    struct child children[POOL_MAX];
    int count;
    sigset_t signals; /* that the parent waits for; blocked */
};

static void start(struct pool *p, struct child *c)
{
    pid_t parent = getpid();
    c->born = clock_mono_ms();
    c->pid = fork();
    if (c->pid < 0) {
        log_error("cannot fork: %s", strerror(errno));
        c->pid = 0;
    }
    if (c->pid != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
    sigprocmask(SIG_UNBLOCK, &p->signals, NULL);
    exit(worker_run(p->setup));
}

static struct child *child_of(struct pool *p, pid_t pid)
{
    for (int i = 0; i < p->count; i++) {
        if (p->children[i].pid == pid)
            return &p->children[i];
    }
    return NULL;
}

/* Collects who has ended. Returns how many ended young and in failure. */
static int reap(struct pool *p)
{
    int status, failed = 0;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *c = child_of(p, pid);
        if (!c)
            continue;
        c->pid = 0;
        if (WIFSIGNALED(status))
            log_warn("worker %d was ended by signal %d%s", (int)pid, WTERMSIG(status),
                     WTERMSIG(status) == SIGALRM ? " (its request took too long)" : "");
        else if (WEXITSTATUS(status) != 0 && clock_mono_ms() - c->born < YOUNG_MS)
            failed++;
    }
    return failed;
}

static int alive(const struct pool *p)
{
    int n = 0;
    for (int i = 0; i < p->count; i++)
        n += p->children[i].pid != 0;
    return n;
}

static void signal_all(const struct pool *p, int signo)
{
    for (int i = 0; i < p->count; i++) {
        if (p->children[i].pid)
            kill(p->children[i].pid, signo);
    }
}

static void end_all(struct pool *p)
{
    int64_t until = clock_mono_ms() + GRACE_S * 1000;
    const struct timespec tick = {.tv_nsec = 100 * 1000 * 1000};
    signal_all(p, SIGTERM);
    for (reap(p); alive(p) > 0 && clock_mono_ms() < until; reap(p))
        sigtimedwait(&p->signals, NULL, &tick);
    signal_all(p, SIGKILL);
    while (alive(p) > 0 && waitpid(-1, NULL, 0) > 0)
        continue;
}

/* Starts what is missing; one that died young is not replaced faster than once a second. */
static void refill(struct pool *p)
{
    int64_t now = clock_mono_ms();
    for (int i = 0; i < p->count; i++) {
        struct child *c = &p->children[i];
        if (!c->pid && (c->born == 0 || now - c->born >= YOUNG_MS))
            start(p, c);
    }
}

int pool_run(const struct worker_setup *setup, int workers)
{
    struct pool p = {.setup = setup, .count = MIN(workers, POOL_MAX)};
    const struct timespec second = {.tv_sec = 1};
    bool settled = false;
    sigemptyset(&p.signals);
    sigaddset(&p.signals, SIGTERM);
    sigaddset(&p.signals, SIGINT);
    sigaddset(&p.signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &p.signals, NULL);
    int64_t began = clock_mono_ms();
    for (;;) {
        refill(&p);
        int signo = sigtimedwait(&p.signals, NULL, &second);
        if (signo == SIGTERM || signo == SIGINT)
            break;
        int failed = reap(&p);
        settled = settled || clock_mono_ms() - began > 5 * YOUNG_MS;
        if (failed > 0 && !settled) {
            end_all(&p);
            return EXIT_FAILURE;
        }
    }
    end_all(&p);
    return EXIT_SUCCESS;
}
