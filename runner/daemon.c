#include "daemon.h"

#include "dba.h"
#include "io.h"
#include "jobs.h"
#include "log.h"
#include "loop.h"
#include "lost.h"
#include "params.h"
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

#define VERSION "1.0"

enum {
    BEAT_MS = 3000,
    SCAN_MS = 10000,
    LOCK_WAIT_MS = 5000,
    LOCK_TRY_MS = 100,
    GOODBYE_MS = 1000,
    CONNECTIONS_KEPT = 20, /* for pages, events, ourselves and people */
    ID_FILE_MAX = 64
};

struct daemon {
    const struct daemon_options *options;
    const struct conf *conf;
    struct loop *loop;
    struct dba *db;
    struct params *params;
    struct processes *processes;
    struct jobs *jobs;
    struct registry *registry;
    struct queue *queue;
    struct lost *lost;
    struct sweeper *sweeper;
    struct loop_timer *beat, *scan;
    struct loop_signal *sigterm, *sigint;
    char *id_file;
    int64_t runner, earlier; /* our row; the one of the daemon before us */
    bool started;            /* registered since this process began */
    bool ready;              /* said so to whoever supervises us */
    bool empty;              /* the last answer about the queue */
    int stops;               /* SIGINTs so far */
    int status;
};

static void leave(struct daemon *d, int status)
{
    d->status = status;
    loop_stop(d->loop);
}

/* -- our row -- */

static int64_t read_id(const char *path)
{
    struct strbuf text = STRBUF_INIT;
    int64_t id = 0;
    if (io_read_file(path, ID_FILE_MAX, &text, NULL) == 0 && !parse_int64(text.buf, text.len, &id))
        id = 0;
    strbuf_release(&text);
    return id;
}

static void write_id(const char *path, int64_t id)
{
    struct err e = {0};
    char text[24];
    int len = snprintf(text, sizeof(text), "%lld", (long long)id);
    if (io_write_file(path, text, (size_t)len, 0600, &e) != 0)
        log_warn("%s", e.text);
}

static bool fits_database(struct daemon *d, int64_t connections)
{
    int64_t room = connections - CONNECTIONS_KEPT;
    if (d->conf->jobs <= room)
        return true;
    if (d->options->jobs_given)
        log_error("--jobs %lld is more than the database can hold: it takes %lld connections, each "
                  "run needs one and %d are "
                  "kept; use --jobs %lld or raise max_connections",
                  (long long)d->conf->jobs, (long long)connections, CONNECTIONS_KEPT,
                  (long long)MAX(room, 1));
    else
        log_warn("the database takes %lld connections, fewer than %lld jobs may need",
                 (long long)connections, (long long)d->conf->jobs);
    return !d->options->jobs_given;
}

static void on_registered(void *arg, const struct db_result *r, const struct err *e)
{
    struct daemon *d = arg;
    if (!r || db_rows(r) == 0) {
        if (r || e->code != ERR_UNAVAILABLE)
            log_error("cannot register: %s", r ? "the database gave no row" : e->text);
        return; /* the next heartbeat tries again */
    }
    if (!fits_database(d, db_int(r, 0, 1))) {
        leave(d, 2);
        return;
    }
    d->runner = db_int(r, 0, 0);
    d->started = true;
    if (d->runner != d->earlier)
        write_id(d->id_file, d->runner);
    d->earlier = d->runner;
    registry_registered(d->registry, d->runner);
    queue_set_runner(d->queue, d->runner);
    queue_wake(d->queue);
    sweeper_start(d->sweeper);
}

static void read_boot_id(char *out, size_t size)
{
    struct strbuf text = STRBUF_INIT;
    *out = '\0';
    if (io_read_file("/proc/sys/kernel/random/boot_id", ID_FILE_MAX, &text, NULL) == 0)
        snprintf(out, size, "%.*s", (int)strcspn(text.buf, "\n"), text.buf);
    strbuf_release(&text);
}

static void enroll(struct daemon *d)
{
    char host[256], boot[64];
    rundir_host(host);
    read_boot_id(boot, sizeof(boot));
    params_reset(d->params);
    params_int(d->params, d->earlier);
    params_text(d->params, host);
    params_text(d->params, boot);
    params_int(d->params, getpid());
    params_text(d->params, VERSION);
    params_int(d->params, d->conf->jobs);
    params_bool(d->params, !d->started);
    dba_query(d->db, "register", d->params, on_registered, d);
}

static void on_beat_answer(void *arg, const struct db_result *r, const struct err *e)
{
    (void)e;
    struct daemon *d = arg;
    if (r && db_rows(r) == 0) /* somebody removed our row */
        enroll(d);
}

static void on_beat(void *arg)
{
    struct daemon *d = arg;
    if (!dba_is_up(d->db))
        return;
    if (!d->runner) {
        enroll(d);
        return;
    }
    params_reset(d->params);
    params_int(d->params, d->runner);
    dba_query(d->db, "runner_heartbeat", d->params, on_beat_answer, d);
}

/* -- work -- */

/* --once is done when all is known, nothing waits and nothing runs. */
static void check_done(struct daemon *d)
{
    bool idle = jobs_processes(d->jobs) == 0;
    if (d->stops && idle)
        leave(d, 0);
    else if (d->options->once && idle && d->empty && d->runner && registry_is_settled(d->registry))
        leave(d, 0);
}

static void check_ready(struct daemon *d)
{
    if (d->ready || !d->runner || !registry_is_settled(d->registry))
        return;
    d->ready = true;
    sd_notifyf(0, "READY=1\nSTATUS=%lld jobs", (long long)d->conf->jobs);
    log_info("ready: runner %lld, %lld jobs", (long long)d->runner, (long long)d->conf->jobs);
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
    dba_listen(d->db, "athanor_queue", true);
    lost_reset(d->lost);
    enroll(d);
}

static void on_down(void *arg, const struct err *e)
{
    struct daemon *d = arg;
    lost_reset(d->lost);
    if (d->options->once && !d->started) {
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
    if (jobs_running(d->jobs))
        log_info("stopping; %zu run(s) are ended%s", jobs_running(d->jobs),
                 d->stops > 1 ? " at once" : "");
    jobs_stop(d->jobs);
    check_done(d);
}

/* -- setting up, taking down -- */

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
    d->params = params_new();
    d->db = dba_new(d->loop, conf->database, folders, &events, e);
    free(queries);
    if (!d->db)
        return -1;
    d->id_file = xasprintf("%s/%s.id", conf->state, d->options->once ? "once" : "runner");
    d->earlier = read_id(d->id_file);
    d->processes = processes_new(d->loop);
    d->jobs = jobs_new(d->loop, d->processes, conf, d->options->config, &jobs_events);
    d->registry = registry_new(d->loop, d->db, d->processes, conf->experiments, d->options->config,
                               on_offers_changed, d);
    d->queue = queue_new(d->loop, d->db, d->jobs, d->registry, conf->jobs,
                         &(struct queue_events){on_empty, d});
    d->lost = lost_new(d->loop, d->db, conf->lost_after_s);
    d->sweeper = sweeper_new(d->loop, d->processes, d->options->config);
    d->beat = loop_timer_new(d->loop, on_beat, d);
    loop_timer_start(d->beat, BEAT_MS, BEAT_MS);
    d->scan = loop_timer_new(d->loop, on_scan, d);
    loop_timer_start(d->scan, 0, SCAN_MS);
    d->sigterm = loop_signal_new(d->loop, SIGTERM, on_sigterm, d);
    d->sigint = loop_signal_new(d->loop, SIGINT, on_sigint, d);
    return 0;
}

static void on_goodbye(void *arg, const struct db_result *r, const struct err *e)
{
    (void)r;
    (void)e;
    struct daemon *d = arg;
    loop_stop(d->loop);
}

static void on_patience(void *arg)
{
    struct daemon *d = arg;
    loop_stop(d->loop);
}

/* Tells the database that we leave, if it is there; a second is enough. */
static void say_goodbye(struct daemon *d)
{
    sd_notify(0, "STOPPING=1");
    if (!d->runner || !dba_is_up(d->db))
        return;
    params_reset(d->params);
    params_int(d->params, d->runner);
    dba_query(d->db, "unregister", d->params, on_goodbye, d);
    struct loop_timer *patience = loop_timer_new(d->loop, on_patience, d);
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
    dba_free(d->db);
    params_free(d->params);
    loop_timer_free(d->beat);
    loop_timer_free(d->scan);
    if (d->sigterm) {
        loop_signal_free(d->sigterm);
        loop_signal_free(d->sigint);
    }
    if (d->loop)
        loop_free(d->loop);
    free(d->id_file);
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
