#include "supervise.h"

#include "supervisor.h"

#include "cgroup.h"
#include "io.h"
#include "log.h"

#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { MAPPED_FROM = 4 * 1024 * 1024 };

void supervisor_leave(struct supervisor *s, int status)
{
    s->phase = OVER;
    s->status = status;
    loop_stop(s->loop);
}

/* -- callbacks of the loop -- */

static void on_before_wait(void *arg)
{
    struct supervisor *s = arg;
    if (s->trouble)
        supervisor_see_trouble(s);
    if (s->phase == RUNNING && s->child)
        supervisor_turn(s);
    if (s->phase == KEEPING)
        supervisor_keep_rest(s);
    if (s->phase == FLUSHING)
        supervisor_proceed(s);
}

static void on_retry_time(void *arg)
{
    supervisor_proceed(arg);
}

static void on_flush_time(void *arg)
{
    (void)arg; /* on_before_wait follows */
}

static void on_up(void *arg)
{
    struct supervisor *s = arg;
    if (s->phase == STANDBY)
        supervisor_warm_up(s);
    else
        supervisor_up(s);
}

static void on_down(void *arg, const struct err *e)
{
    struct supervisor *s = arg;
    if (s->phase > STANDBY)
        log_warn("run %lld: %s; the run goes on", (long long)s->run, e->text);
}

static void on_notify(void *arg, const char *channel, const char *payload)
{
    (void)channel;
    (void)payload;
    struct supervisor *s = arg;
    if (s->lease)
        lease_check(s->lease);
}

/* -- stopping -- */

/* The program is dead and Postgres cannot be told: the folder says it all, and the next daemon
 * tells. */
static void on_stop_time(void *arg)
{
    struct supervisor *s = arg;
    if (!s->sure || dba_is_up(s->db)) {
        loop_timer_start(s->stop, SUPERVISOR_STOP_MS, 0);
        return;
    }
    log_warn("run %lld has ended as %s; the database is away and is told by the next start",
             (long long)s->run, outcome_status(&s->outcome));
    s->keep = true;
    supervisor_leave(s, 1);
}

/* The site stops: the first time with grace, the second without. */
static void on_stop_signal(void *arg)
{
    struct supervisor *s = arg;
    s->forced = s->shutdown;
    s->shutdown = true;
    if (!loop_timer_active(s->stop))
        loop_timer_start(s->stop, SUPERVISOR_STOP_MS, 0);
    if (s->phase <= LOADING || (s->phase == CLAIMING && !s->asking))
        supervisor_leave(s, 0); /* nothing has begun: the run stays pending */
    else if (s->phase == RUNNING && s->child)
        supervisor_stop_program(s);
    if (s->forced && s->artifacts)
        artifacts_drop(s->artifacts);
}

/* -- the run -- */

static void random_hex(char out[RUNDIR_COOKIE_SIZE])
{
    unsigned char bytes[(RUNDIR_COOKIE_SIZE - 1) / 2];
    randombytes_buf(bytes, sizeof(bytes));
    sodium_bin2hex(out, RUNDIR_COOKIE_SIZE, bytes, sizeof(bytes));
}

/* The lock, and in it who holds it. */
static int take_lock(struct supervisor *s, struct err *e)
{
    char name[64];
    s->lock_fd = rundir_take(&s->dir, true, RUNDIR_LOCK_WAIT_MS, e);
    if (s->lock_fd < 0)
        return err_wrap(e, "cannot take run %lld", (long long)s->run);
    random_hex(s->claim);
    random_hex(s->owner.cookie);
    s->owner.pid = getpid();
    rundir_host(s->owner.host);
    snprintf(name, sizeof(name), "%lld-%.8s", (long long)s->run, s->owner.cookie);
    cgroup_make(name, s->owner.cgroup, sizeof(s->owner.cgroup));
    return rundir_write_owner(s->lock_fd, &s->owner, e);
}

int supervisor_take_run(struct supervisor *s, int64_t run, struct err *e)
{
    s->run = run;
    rundir_init(&s->dir, s->conf->state, run);
    if (take_lock(s, e) != 0)
        return -1;
    s->publish = publish_new(s->loop, s->conf->redis, run);
    s->phase = LOADING;
    if (dba_is_up(s->db))
        supervisor_up(s);
    return 0;
}

/* -- setting up, taking down -- */

static int set_up(struct supervisor *s, struct err *e)
{
    char *queries = xasprintf("%s/runner/supervise", s->conf->queries);
    const char *const folders[] = {queries, NULL};
    const struct dba_events events = {on_up, on_down, on_notify, s};
    s->loop = loop_new();
    s->params = params_new();
    s->retry = loop_timer_new(s->loop, on_retry_time, s);
    s->flush = loop_timer_new(s->loop, on_flush_time, s);
    s->preview = loop_timer_new(s->loop, supervisor_preview, s);
    s->stop = loop_timer_new(s->loop, on_stop_time, s);
    s->before_wait = loop_prepare_new(s->loop, on_before_wait, s);
    s->sigint = loop_signal_new(s->loop, SIGINT, on_stop_signal, s);
    s->sigterm = loop_signal_new(s->loop, SIGTERM, on_stop_signal, s);
    s->db = dba_new(s->loop, s->conf->database, folders, &events, e);
    free(queries);
    return s->db ? 0 : -1;
}

static void free_run(struct supervisor *s)
{
    child_free(s->child);
    trouble_free(s->trouble);
    artifacts_free(s->artifacts, !s->keep);
    lease_free(s->lease);
    persist_free(s->persist);
    merge_free(s->merge);
    journal_free(s->journal);
    tail_close(s->tail);
    spool_close(s->spool);
    prepare_release(&s->prepared);
    prepare_run_release(&s->facts);
    outcome_release(&s->outcome);
    publish_free(s->publish);
}

static void free_loop(struct supervisor *s)
{
    struct loop_timer *timers[] = {s->retry, s->flush, s->preview, s->stop};
    dba_free(s->db);
    params_free(s->params);
    for (size_t i = 0; i < ARRAY_LEN(timers); i++)
        loop_timer_free(timers[i]);
    loop_prepare_free(s->before_wait);
    loop_signal_free(s->sigint);
    loop_signal_free(s->sigterm);
    loop_io_free(s->orders);
    loop_free(s->loop);
}

static void free_folder(struct supervisor *s)
{
    struct err e = {0};
    if (s->lock_fd >= 0) {
        cgroup_remove(s->owner.cgroup);
        rundir_end_work(&s->dir);
        if (io_remove_tree(s->keep ? s->dir.gone : s->dir.path, &e) != 0)
            log_warn("run %lld: %s", (long long)s->run, e.text);
        close(s->lock_fd);
    }
    if (s->run)
        rundir_release(&s->dir);
}

static void prepare_process(void)
{
    /* A huge record gives its memory back; ordinary batches reuse theirs. */
    mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
    mallopt(M_TRIM_THRESHOLD, MAPPED_FROM);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int run_supervisor(struct supervisor *s, int64_t run)
{
    struct err e = {0};
    s->lock_fd = -1;
    s->status = 1;
    prepare_process();
    int rc = set_up(s, &e);
    if (rc == 0 && run)
        rc = supervisor_take_run(s, run, &e);
    else if (rc == 0)
        supervisor_stand_by(s);
    if (rc == 0)
        loop_run(s->loop);
    else
        log_error("%s", e.text);
    free_run(s);
    free_loop(s);
    free_folder(s);
    return s->status;
}

int supervise_main(const struct conf *conf, int64_t run)
{
    struct supervisor s = {.conf = conf};
    return run_supervisor(&s, run);
}

int supervise_standby(const struct conf *conf, char *title)
{
    struct supervisor s = {.conf = conf, .title = title};
    return run_supervisor(&s, 0);
}
