#include "child.h"

#include "kill.h"
#include "log.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DRAIN_MAX = 4 * 1024 * 1024 };

enum state {
    RUNNING,  /* nothing has decided */
    LEAVING,  /* it said complete or fail and has its grace to leave */
    ASKED,    /* SIGTERM is sent, the grace runs */
    KILLED,   /* SIGKILL is sent to all */
    DRAINING, /* the main process has ended, others are dead, pipes are read */
    ENDED
};

struct child {
    struct loop *loop;
    struct child_plan plan;
    struct journal *journal;
    struct outcome *outcome;
    struct child_events events;
    struct hearing *hearing;
    struct output *output;
    enum state state;
    pid_t pid;
    int status_fd; /* in a PID namespace: where its wait status comes from */
    bool main_ended;
    int wait_status;
    struct loop_signal *sigchld;
    struct loop_timer *timeout, *grace, *drain, *measure;
};

/* -- the end -- */

static void finish(struct child *c)
{
    if (c->state == ENDED)
        return;
    c->state = ENDED;
    loop_timer_stop(c->drain);
    hearing_finish(c->hearing);
    c->events.ended(c->events.arg);
}

static void on_drain_time(void *arg)
{
    struct child *c = arg;
    if (output_drain(c->output, DRAIN_MAX) || !loop_timer_active(c->grace))
        finish(c);
}

/* Collects the dead. Returns whether there are other children alive (all descendants come to us).
 */
static bool reap(void *arg)
{
    struct child *c = arg;
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == c->pid) {
            c->main_ended = true;
            c->wait_status = status;
            /* What we have reaped is the namespace's first process: it has told of the program's.
             */
            if (c->status_fd >= 0 && read(c->status_fd, &status, sizeof(status)) == sizeof(status))
                c->wait_status = status;
        }
    }
    return pid == 0 || errno != ECHILD;
}

static void kill_tree(struct child *c)
{
    struct kill_report r;
    struct tree t = {.ancestor = getpid()};
    char message[160], payload[200];
    kill_all(&t, c->plan.cgroup, reap, c, &r);
    if (r.processes == 0)
        return;
    snprintf(message, sizeof(message), "killed %d process%s that %s left, by %s, in %lld ms",
             r.processes, r.processes == 1 ? "" : "es", r.processes == 1 ? "was" : "were", r.means,
             (long long)r.ms);
    if (r.left)
        snprintf(message, sizeof(message), "%d of %d processes could not be killed within %lld ms",
                 r.left, r.processes, (long long)r.ms);
    snprintf(payload, sizeof(payload),
             "{\"processes\":%d,\"left\":%d,\"means\":\"%s\",\"ms\":%lld}", r.processes, r.left,
             r.means, (long long)r.ms);
    journal_set_time(c->journal, clock_wall_ms());
    journal_event(c->journal, "athanor.killed", message, payload);
}

/* The main process is gone: what it wrote comes before what its end means. */
static void main_ended(struct child *c)
{
    loop_timer_stop(c->timeout);
    loop_timer_stop(c->grace);
    loop_timer_stop(c->measure);
    output_drain(c->output, DRAIN_MAX);
    c->state = DRAINING;
    outcome_ended(c->outcome, c->wait_status);
    kill_tree(c);
    if (output_drain(c->output, DRAIN_MAX)) {
        finish(c);
        return;
    }
    loop_timer_start(c->grace, CHILD_DRAIN_MS, 0); /* from now on the end of patience */
    loop_timer_start(c->drain, 0, 20);
}

static void check_main(struct child *c)
{
    if (c->main_ended && c->state < DRAINING)
        main_ended(c);
}

static void on_sigchld(void *arg)
{
    struct child *c = arg;
    reap(c);
    check_main(c);
}

static void kill_now(struct child *c)
{
    c->state = KILLED;
    loop_timer_stop(c->grace);
    kill_tree(c);
    check_main(c);
}

static void on_grace(void *arg)
{
    struct child *c = arg;
    if (c->state < KILLED)
        kill_now(c);
}

static void ask_to_end(struct child *c, bool forced)
{
    if (c->state >= KILLED)
        return;
    if (forced || c->plan.grace_s == 0) {
        kill_now(c);
        return;
    }
    if (c->state == ASKED)
        return;
    c->state = ASKED;
    kill(-c->pid, SIGTERM);
    loop_timer_start(c->grace, c->plan.grace_s * 1000, 0);
}

void child_end(struct child *c, bool forced, enum outcome_event why, const char *fmt, ...)
{
    char text[400] = "";
    if (fmt) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
    }
    reap(c);
    if (c->main_ended) { /* it ended by itself before */
        check_main(c);
        return;
    }
    outcome_decide(c->outcome, why, fmt ? "%s" : NULL, text);
    ask_to_end(c, forced);
}

/* -- limits -- */

static void on_timeout(void *arg)
{
    struct child *c = arg;
    child_end(c, false, OUTCOME_TIMEOUT, "the run took longer than its limit of %lld s",
              (long long)c->plan.timeout_s);
}

static void on_measure(void *arg)
{
    struct child *c = arg;
    struct tree_usage u;
    struct rusage gone;
    struct tree t = {.ancestor = getpid()};
    tree_measure(&t, &u);
    getrusage(RUSAGE_CHILDREN, &gone);
    u.cpu_ms += ((int64_t)gone.ru_utime.tv_sec + gone.ru_stime.tv_sec) * 1000 +
                (gone.ru_utime.tv_usec + gone.ru_stime.tv_usec) / 1000;
    if (c->plan.memory_mb && u.memory > c->plan.memory_mb * 1024 * 1024)
        child_end(c, true, OUTCOME_MEMORY,
                  "the run's processes used %lld MiB of memory, its limit is %lld MiB",
                  (long long)(u.memory / 1024 / 1024), (long long)c->plan.memory_mb);
    else if (c->plan.cpu_s && u.cpu_ms > c->plan.cpu_s * 1000)
        child_end(c, false, OUTCOME_TIMEOUT,
                  "the run used more processor time than its limit of %lld s",
                  (long long)c->plan.cpu_s);
}

/* -- messages -- */

static void on_message(void *arg, const struct message *m)
{
    struct child *c = arg;
    size_t len;
    if (m->type == MESSAGE_COMPLETE) {
        outcome_decide(c->outcome, OUTCOME_COMPLETE, NULL);
    } else if (m->type == MESSAGE_FAIL) {
        const char *error = message_get(m, MEMBER_ERROR, &len);
        outcome_decide(c->outcome, OUTCOME_REPORTED, "%s",
                       error ? error : "the program reported a failure and gave no reason");
    } else {
        c->events.message(c->events.arg, m);
        return;
    }
    if (c->state == RUNNING) {
        c->state = LEAVING;
        loop_timer_start(c->grace, c->plan.grace_s * 1000, 0);
    }
}

/* -- life -- */

struct child *child_start(struct loop *l, const struct child_plan *plan, struct journal *j,
                          struct outcome *o, const struct child_events *events, struct err *e)
{
    struct spawned s;
    if (spawn(&plan->spawn, &s, e) != 0)
        return NULL;
    struct child *c = xcalloc(1, sizeof(*c));
    const int fds[HEARING_STREAMS] = {s.out, s.err, s.messages};
    c->loop = l;
    c->plan = *plan;
    c->journal = j;
    c->outcome = o;
    c->events = *events;
    c->pid = s.pid;
    c->status_fd = s.status;
    c->hearing = hearing_new(j, &(struct hearing_events){.message = on_message, .arg = c});
    c->output = output_new(l, fds, j, c->hearing, plan->tail);
    c->sigchld = loop_signal_new(l, SIGCHLD, on_sigchld, c);
    c->timeout = loop_timer_new(l, on_timeout, c);
    c->grace = loop_timer_new(l, on_grace, c);
    c->drain = loop_timer_new(l, on_drain_time, c);
    c->measure = loop_timer_new(l, on_measure, c);
    if (plan->timeout_s)
        loop_timer_start(c->timeout, plan->timeout_s * 1000, 0);
    if (plan->memory_mb || plan->cpu_s)
        loop_timer_start(c->measure, CHILD_MEASURE_MS, CHILD_MEASURE_MS);
    raise(SIGCHLD); /* it may have ended before the signal was watched */
    return c;
}

void child_free(struct child *c)
{
    if (!c)
        return;
    if (c->status_fd >= 0)
        close(c->status_fd);
    output_free(c->output);
    hearing_free(c->hearing);
    loop_signal_free(c->sigchld);
    loop_timer_free(c->timeout);
    loop_timer_free(c->grace);
    loop_timer_free(c->drain);
    loop_timer_free(c->measure);
    free(c);
}

struct output *child_output(struct child *c)
{
    return c->output;
}

struct hearing *child_hearing(struct child *c)
{
    return c->hearing;
}

void child_abandon(struct child *c)
{
    struct kill_report r;
    struct tree t = {.ancestor = getpid()};
    if (c->state == ENDED)
        return;
    c->state = ENDED;
    kill_all(&t, c->plan.cgroup, reap, c, &r);
    log_warn("killed %d processes of a run that is not ours any more", r.processes);
}
