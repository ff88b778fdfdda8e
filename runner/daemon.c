#include "daemon.h"

#include "dba.h"
#include "enroll.h"
#include "io.h"
#include "jobs.h"
#include "log.h"
#include "loop.h"
#include "lost.h"
#include "process.h"
#include "queue.h"
#include "recover.h"
#include "registry.h"
#include "rundir.h"
#include "sweep.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum {
    SCAN_MS = 10000,
    LOCK_WAIT_MS = 5000,
    LOCK_TRY_MS = 100,
    GOODBYE_MS = 1000,
};

struct daemon {
    const struct daemon_options *options;
    const struct conf *conf;
    struct loop *loop;
    struct dba *db;
    struct enroll *enroll;
    struct processes *processes;
    struct jobs *jobs;
    struct registry *registry;
    struct queue *queue;
    struct lost *lost;
    struct sweeper *sweeper;
    struct loop_timer *scan;
    struct loop_signal *sigterm, *sigint;
    bool ready; /* said so to whoever supervises us */
    bool empty; /* the last answer about the queue */
    int stops;  /* SIGINTs so far */
    int status;
};

static void leave(struct daemon *d, int status)
{
    d->status = status;
    loop_stop(d->loop);
}

static void check_ready(struct daemon *d)
{
    int64_t runner = enroll_runner(d->enroll);
    if (d->ready || !runner || !registry_is_settled(d->registry))
        return;
    d->ready = true;
    sd_notifyf(0, "READY=1\nSTATUS=%lld jobs", (long long)d->conf->jobs);
    log_info("ready: runner %lld, %lld jobs", (long long)runner, (long long)d->conf->jobs);
}

static void on_enrolled(void *arg, int64_t runner)
{
    struct daemon *d = arg;
    registry_registered(d->registry, runner);
    queue_set_runner(d->queue, runner);
    queue_wake(d->queue);
    sweeper_start(d->sweeper);
    check_ready(d); /* with all jobs taken the queue is not asked, and does not tell */
}

static void on_refused(void *arg)
{
    leave(arg, 2);
}

/* -- work -- */

/* --once is done when all is known, nothing waits and nothing runs. */
static void check_done(struct daemon *d)
{
    bool idle = jobs_processes(d->jobs) == 0;
    if (d->stops && idle)
        leave(d, 0);
    else if (d->options->once && idle && d->empty && enroll_runner(d->enroll) &&
             registry_is_settled(d->registry))
        leave(d, 0);
}

static void on_offers_changed(void *arg)
{
    struct daemon *d = arg;
    check_ready(d);
    d->empty = false;
    if (!d->stops)
        queue_wake(d->queue);
}

static void on_freed(void *arg)
{
    struct daemon *d = arg;
    d->empty = false;
    if (!d->stops)
        queue_wake(d->queue);
    check_done(d);
}

static void on_job_released(void *arg, int64_t run)
{
    struct daemon *d = arg;
    queue_release(d->queue, run);
}

static void on_hopeless(void *arg, int64_t run, const char *why)
{
    struct daemon *d = arg;
    queue_fail(d->queue, run, why);
}

static void on_empty(void *arg)
{
    struct daemon *d = arg;
    d->empty = true;
    check_ready(d);
    check_done(d);
}

static void on_scan(void *arg)
{
    struct daemon *d = arg;
    jobs_scan(d->jobs);
}

/* -- the database -- */

static void on_up(void *arg)
{
    struct daemon *d = arg;
    dba_listen(d->db, "athanor_queue", true, NULL, NULL);
    lost_reset(d->lost);
    enroll_up(d->enroll);
}

static void on_down(void *arg, const struct err *e)
{
    struct daemon *d = arg;
    lost_reset(d->lost);
    if (d->options->once && !enroll_runner(d->enroll)) {
        log_error("%s", e->text);
        leave(d, 1);
        return;
    }
    log_warn("%s; runs go on, new ones wait", e->text);
}

static void on_notify(void *arg, const char *channel, const char *payload)
{
    (void)channel;
    (void)payload;
    struct daemon *d = arg;
    d->empty = false;
    if (!d->stops)
        queue_wake(d->queue);
}

/* -- signals -- */

/* Leave; the runs go on, and whoever comes next adopts them. */
static void on_sigterm(void *arg)
{
    struct daemon *d = arg;
    if (jobs_running(d->jobs))
        log_info("leaving; %zu run(s) go on", jobs_running(d->jobs));
    leave(d, 0);
}

/* The whole site stops: runs end, with grace the first time. */
static void on_sigint(void *arg)
{
    struct daemon *d = arg;
    d->stops++;
    queue_set_runner(d->queue, 0);
    jobs_stop(d->jobs);
    if (jobs_running(d->jobs))
        log_info("stopping; %zu run(s) are ended%s", jobs_running(d->jobs),
                 d->stops > 1 ? " at once" : "");
    check_done(d);
}

/* -- setting up, taking down -- */

/* Held back until we can tell the runs; who starts us may have done so before we began. */
static void hold_sigint(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigprocmask(how, &set, NULL);
}

/* One daemon a state folder. Another that is just leaving is waited for. 1: somebody else is there.
 */
static int take_place(const struct daemon *d, int *lock, struct err *e)
{
    char *path = xasprintf("%s/%s.lock", d->conf->state, d->options->once ? "once" : "runner");
    int wait_ms = d->options->once ? 0 : LOCK_WAIT_MS;
    while ((*lock = io_lock(path, e)) < 0 && e->code == ERR_CONFLICT && wait_ms > 0) {
        usleep(LOCK_TRY_MS * 1000);
        wait_ms -= LOCK_TRY_MS;
    }
    free(path);
    if (*lock >= 0)
        return 0;
    return e->code == ERR_CONFLICT ? 1 : -1;
}

static int set_up(struct daemon *d, struct err *e)
{
    const struct conf *conf = d->conf;
    char *queries = xasprintf("%s/runner/daemon", conf->queries);
    const char *const folders[] = {queries, NULL};
    struct dba_events events = {on_up, on_down, on_notify, d};
    struct jobs_events jobs_events = {on_freed, on_job_released, on_hopeless, d};
    d->loop = loop_new();
    d->db = dba_new(d->loop, conf->database, folders, &events, e);
    free(queries);
    if (!d->db)
        return -1;
    d->enroll =
        enroll_new(d->loop, d->db, d->options, &(struct enroll_events){on_enrolled, on_refused, d});
    d->processes = processes_new(d->loop);
    d->jobs = jobs_new(d->loop, d->processes, conf, d->options->config, &jobs_events);
    d->registry = registry_new(d->loop, d->db, d->processes, conf->experiments, d->options->config,
                               on_offers_changed, d);
    d->queue = queue_new(d->loop, d->db, d->jobs, d->registry, conf->jobs,
                         &(struct queue_events){on_empty, d});
    d->lost = lost_new(d->loop, d->db, conf->lost_after_s);
    d->sweeper = sweeper_new(d->loop, d->processes, d->options->config);
    d->scan = loop_timer_new(d->loop, on_scan, d);
    loop_timer_start(d->scan, 0, SCAN_MS);
    d->sigterm = loop_signal_new(d->loop, SIGTERM, on_sigterm, d);
    d->sigint = loop_signal_new(d->loop, SIGINT, on_sigint, d);
    hold_sigint(SIG_UNBLOCK);
    return 0;
}

static void on_goodbye(void *arg)
{
    struct daemon *d = arg;
    loop_stop(d->loop);
}

/* Tells the database that we leave, if it is there; a second is enough. */
static void say_goodbye(struct daemon *d)
{
    sd_notify(0, "STOPPING=1");
    if (!enroll_leave(d->enroll, on_goodbye, d))
        return;
    struct loop_timer *patience = loop_timer_new(d->loop, on_goodbye, d);
    loop_timer_start(patience, GOODBYE_MS, 0);
    loop_run(d->loop);
    loop_timer_free(patience);
}

static void tear_down(struct daemon *d)
{
    queue_free(d->queue);
    registry_free(d->registry);
    jobs_free(d->jobs);
    sweeper_free(d->sweeper);
    processes_free(d->processes);
    lost_free(d->lost);
    enroll_free(d->enroll);
    dba_free(d->db);
    loop_timer_free(d->scan);
    if (d->sigterm) {
        loop_signal_free(d->sigterm);
        loop_signal_free(d->sigint);
    }
    if (d->loop)
        loop_free(d->loop);
}

/* What a supervisor leaves when it dies comes to us, and recovery knows it by that: unless we have
 * children from before we were this program. */
static void inherit_orphans(void)
{
    char pid[24];
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD ||
        prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        return;
    snprintf(pid, sizeof(pid), "%d", getpid());
    setenv(RECOVER_HEIR, pid, 1);
}

int daemon_main(const struct daemon_options *options)
{
    struct daemon d = {.options = options, .conf = options->conf, .status = 1};
    struct err e = {0};
    int lock;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    hold_sigint(SIG_BLOCK);
    int place = take_place(&d, &lock, &e);
    if (place == 1 && options->once)
        return 0; /* overlapping crons do no harm */
    if (place != 0) {
        log_error("%s", place == 1 ? "another runner uses this state folder already" : e.text);
        return 1;
    }
    inherit_orphans();
    if (set_up(&d, &e) == 0) {
        loop_run(d.loop);
        say_goodbye(&d);
    } else {
        log_error("%s", e.text);
    }
    tear_down(&d);
    close(lock);
    return d.status;
}
