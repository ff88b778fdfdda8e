/*
 * The supervisor walks through its phases in one direction. In LOADING, CLAIMING and FINISHING it
 * waits for Postgres, however long that takes; a reply that was lost is made up for by asking:
 * load_run tells by the random `claim` in the snapshot whether this very supervisor has claimed the
 * run already, and finish_run answers no row for a run that has ended.
 */
#include "supervise.h"

#include "cgroup.h"
#include "child.h"
#include "dba.h"
#include "io.h"
#include "journal.h"
#include "lease.h"
#include "log.h"
#include "loop.h"
#include "persist.h"
#include "prepare.h"
#include "progress.h"
#include "publish.h"
#include "rundir.h"
#include "spool.h"

#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { FLUSH_MS = 100, RETRY_MS = 500, PREVIEW_MS = 100, MAPPED_FROM = 4 * 1024 * 1024 };

enum phase {
    LOADING,   /* what run is it? */
    CLAIMING,  /* pending -> running */
    RUNNING,   /* the program lives */
    FLUSHING,  /* it has ended, its last batches are on their way */
    FINISHING, /* the terminal status is */
    OVER
};

struct supervisor {
    const struct conf *conf;
    int64_t run, epoch;
    enum phase phase;
    struct rundir dir;
    int lock_fd;
    struct rundir_owner owner;
    char claim[RUNDIR_COOKIE_SIZE];

    struct loop *loop;
    struct dba *db;
    struct params *params;
    struct publish *publish;
    struct loop_timer *retry, *flush, *preview;
    struct loop_prepare *before_wait;
    struct loop_signal *sigint, *sigterm;
    bool asking;           /* a query of LOADING, CLAIMING or FINISHING is under way */
    bool shutdown, forced; /* asked to stop before there was a child */

    struct prepare_run facts;
    struct prepared prepared;
    struct spool *spool;
    struct persist *persist;
    struct lease *lease;
    struct journal *journal;
    struct child *child;
    struct outcome outcome;
    uint64_t previewed; /* output_reads at the last preview */
    int64_t sealed_at;  /* loop time of the last seal */
    bool keep;          /* the folder stays: its spool holds what Postgres never took */
    int status;         /* of the process */
};

static void proceed(struct supervisor *s);

/* -- the end of the process -- */

static void leave(struct supervisor *s, int status)
{
    s->phase = OVER;
    s->status = status;
    loop_stop(s->loop);
}

/* The run is somebody else's, or a defect keeps it from going on. */
static void give_up(struct supervisor *s, const char *why)
{
    if (s->phase == OVER)
        return;
    if (s->child)
        child_abandon(s->child);
    if (s->spool && spool_backlog(s->spool) > 0) {
        s->keep = true;
        log_warn("run %lld: %s; what was not stored is kept in %s", (long long)s->run, why,
                 s->dir.spool);
    } else {
        log_warn("run %lld: %s", (long long)s->run, why);
    }
    leave(s, 1);
}

static void on_stale(void *arg)
{
    give_up(arg, "it was ended by somebody else");
}

/* -- batches -- */

static void on_committed(void *arg, const struct batch *b)
{
    struct supervisor *s = arg;
    publish_batch(s->publish, s->epoch, b);
}

static void on_refused(void *arg, const struct err *e)
{
    struct supervisor *s = arg;
    log_error("run %lld: %s", (long long)s->run, e->text);
    if (s->child)
        child_abandon(s->child);
    outcome_release(&s->outcome);
    outcome_decide(&s->outcome, OUTCOME_LOST, "its output could not be stored: %s", e->text);
    s->keep = true;
    s->phase = FINISHING;
    proceed(s);
}

static void seal(struct supervisor *s)
{
    s->sealed_at = loop_now(s->loop);
    loop_timer_stop(s->flush);
    persist_submit(s->persist, journal_take(s->journal));
}

/* The first line after quiet goes out at once, then every 100 ms or when there is much. */
static void flush(struct supervisor *s)
{
    size_t size = journal_size(s->journal);
    int64_t wait = s->sealed_at + FLUSH_MS - loop_now(s->loop);
    if (journal_is_empty(s->journal))
        return;
    if (wait <= 0 || size >= BATCH_FULL ||
        (size >= BATCH_FLUSH && persist_pending(s->persist) < PERSIST_FLIGHT))
        seal(s);
    else if (!loop_timer_active(s->flush))
        loop_timer_start(s->flush, wait, 0);
}

static void on_before_wait(void *arg)
{
    struct supervisor *s = arg;
    if (s->phase != RUNNING && s->phase != FLUSHING)
        return;
    if (s->phase == RUNNING) {
        output_read(child_output(s->child));
        flush(s);
        output_pause(child_output(s->child), persist_is_full(s->persist));
        if (s->previewed != output_reads(child_output(s->child)) && !loop_timer_active(s->preview))
            loop_timer_start(s->preview, PREVIEW_MS, 0);
    }
    proceed(s);
}

static void on_flush_time(void *arg)
{
    (void)arg; /* on_before_wait follows */
}

static void on_preview_time(void *arg)
{
    struct supervisor *s = arg;
    struct strbuf json = STRBUF_INIT;
    if (s->phase == RUNNING) {
        s->previewed = output_reads(child_output(s->child));
        output_preview(child_output(s->child), &json);
    }
    publish_preview(s->publish, json.buf, json.len);
    strbuf_release(&json);
}

/* -- the child -- */

static void on_message(void *arg, const struct message *m)
{
    struct supervisor *s = arg;
    struct strbuf json = STRBUF_INIT;
    if (m->type == MESSAGE_PROGRESS) {
        progress_put(&json, m, clock_wall_ms());
        publish_progress(s->publish, json.buf, json.len);
    } else {
        size_t len;
        const char *path = message_get(m, MEMBER_PATH, &len);
        journal_warn(s->journal,
                     "artifact \"%.200s\" was not kept: this runner has no artifact store", path);
    }
    strbuf_release(&json);
}

static void on_child_ended(void *arg)
{
    struct supervisor *s = arg;
    s->phase = FLUSHING;
}

/* The run is ours: its program starts, or its end does. */
static void begin(struct supervisor *s, int64_t lines, int64_t records, int64_t bytes)
{
    struct err e = {0};
    struct persist_events events = {on_committed, on_stale, on_refused, s};
    struct child_plan plan;
    s->phase = RUNNING;
    s->journal = journal_new(s->run, lines, records, bytes);
    s->spool = spool_open(s->dir.spool, true, &e);
    if (!s->spool) {
        outcome_decide(&s->outcome, OUTCOME_START, "cannot make its spool: %s", e.text);
        s->phase = FINISHING;
        return;
    }
    s->persist = persist_new(s->loop, s->db, s->spool, s->run, s->epoch,
                             (uint64_t)s->conf->spool_mb << 20, &events);
    if (s->outcome.event == OUTCOME_OPEN &&
        prepare(&s->prepared, &s->dir, &s->facts, s->owner.cookie, &e) != 0)
        outcome_decide(&s->outcome, OUTCOME_START, "%s", e.text);
    if (s->outcome.event == OUTCOME_OPEN) {
        prepare_plan(&s->prepared, &s->dir, &plan);
        plan.cgroup = s->owner.cgroup;
        plan.spawn.cgroup_fd = cgroup_open_procs(s->owner.cgroup);
        s->child = child_start(s->loop, &plan, s->journal, &s->outcome,
                               &(struct child_events){on_message, on_child_ended, s}, &e);
        if (plan.spawn.cgroup_fd >= 0)
            close(plan.spawn.cgroup_fd);
        if (!s->child)
            outcome_decide(&s->outcome, OUTCOME_START, "%s", e.text);
    }
    if (!s->child)
        s->phase = FLUSHING;
    else if (s->shutdown)
        child_end(s->child, s->forced, OUTCOME_SHUTDOWN, "the site was stopped");
}

/* -- Postgres: load, claim, finish -- */

static void on_retry_time(void *arg)
{
    proceed(arg);
}

/* No answer: again when the connection is back, or after a while. */
static void put_off(struct supervisor *s, const struct err *e)
{
    if (e->code != ERR_UNAVAILABLE)
        log_error("run %lld: %s", (long long)s->run, e->text);
    if (e->code == ERR_UNAVAILABLE && !dba_is_up(s->db))
        return;
    loop_timer_start(s->retry, RETRY_MS, 0);
}

static void on_renewed(void *arg)
{
    struct supervisor *s = arg;
    publish_renew(s->publish);
}

static void on_cancelled(void *arg, bool forced)
{
    struct supervisor *s = arg;
    if (s->phase == RUNNING && s->child)
        child_end(s->child, forced, OUTCOME_CANCELLED, NULL);
}

static void own(struct supervisor *s, int64_t epoch)
{
    struct lease_events events = {on_renewed, on_cancelled, on_stale, s};
    s->epoch = epoch;
    s->lease = lease_new(s->loop, s->db, s->run, epoch, &events);
}

static void on_claim(void *arg, const struct db_result *r, const struct err *e)
{
    struct supervisor *s = arg;
    s->asking = false;
    if (!r) {
        s->phase = LOADING; /* whether it was carried out must be asked */
        put_off(s, e);
        return;
    }
    if (db_rows(r) == 0) {
        log_info("run %lld is not pending any more", (long long)s->run);
        leave(s, 0);
        return;
    }
    own(s, db_int(r, 0, 0));
    publish_record(s->publish, s->epoch, db_int(r, 0, 1), db_int(r, 0, 2), db_text(r, 0, 3));
    begin(s, db_int(r, 0, 1), db_int(r, 0, 2), 0);
    proceed(s);
}

static void claim(struct supervisor *s)
{
    struct strbuf snapshot = STRBUF_INIT;
    prepare_snapshot(&s->prepared, &s->facts, s->owner.host, s->claim, &snapshot);
    params_reset(s->params);
    params_int(s->params, s->run);
    if (s->prepared.runner)
        params_int(s->params, s->prepared.runner);
    else
        params_null(s->params);
    params_text(s->params, s->owner.host);
    params_textn(s->params, snapshot.buf, snapshot.len);
    dba_query(s->db, "claim_run", s->params, on_claim, s);
    strbuf_release(&snapshot);
}

static void read_facts(struct supervisor *s, const struct db_result *r)
{
    struct err e = {0};
    prepare_run_release(&s->facts);
    prepare_release(&s->prepared);
    outcome_release(&s->outcome);
    s->facts = (struct prepare_run){
        .id = s->run,
        .experiment = xstrdup(db_text(r, 0, 1)),
        .number = db_int(r, 0, 2),
        .instance = db_int(r, 0, 3),
        .instance_name = xstrdup(db_text(r, 0, 4)),
        .configuration = xstrdup(db_text(r, 0, 5)),
    };
    if (prepare_find(&s->prepared, s->conf, &s->dir, s->facts.experiment, &e) != 0)
        outcome_decide(&s->outcome, OUTCOME_START, "experiment \"%s\" cannot be used: %s",
                       s->facts.experiment, e.text);
}

static void on_load(void *arg, const struct db_result *r, const struct err *e)
{
    struct supervisor *s = arg;
    s->asking = false;
    if (!r) {
        put_off(s, e);
        return;
    }
    if (db_rows(r) == 0) {
        log_warn("there is no run %lld", (long long)s->run);
        leave(s, 1);
        return;
    }
    bool ours = strcmp(db_text(r, 0, 10), s->claim) == 0;
    if (strcmp(db_text(r, 0, 0), "pending") != 0 && !ours) {
        log_info("run %lld is %s: not to be started", (long long)s->run, db_text(r, 0, 0));
        leave(s, 0);
        return;
    }
    read_facts(s, r);
    if (ours) { /* the reply of claim_run was lost */
        own(s, db_int(r, 0, 6));
        begin(s, db_int(r, 0, 7), db_int(r, 0, 8), db_int(r, 0, 9));
    } else {
        s->phase = CLAIMING;
    }
    proceed(s);
}

static void on_finish(void *arg, const struct db_result *r, const struct err *e)
{
    struct supervisor *s = arg;
    s->asking = false;
    if (s->phase == OVER)
        return;
    if (!r) {
        put_off(s, e);
        return;
    }
    if (db_rows(r) == 1)
        publish_record(s->publish, s->epoch, db_int(r, 0, 1), db_int(r, 0, 2), db_text(r, 0, 3));
    publish_end(s->publish);
    leave(s, 0);
}

static void finish(struct supervisor *s)
{
    const struct outcome *o = &s->outcome;
    params_reset(s->params);
    params_int(s->params, s->run);
    params_int(s->params, s->epoch);
    params_text(s->params, outcome_status(o));
    params_text(s->params, outcome_reason(o));
    params_text(s->params, o->error);
    if (o->ended && o->exit_code >= 0)
        params_int(s->params, o->exit_code);
    else
        params_null(s->params);
    if (o->ended && o->signal)
        params_int(s->params, o->signal);
    else
        params_null(s->params);
    dba_query(s->db, "finish_run", s->params, on_finish, s);
}

static void load(struct supervisor *s)
{
    params_reset(s->params);
    params_int(s->params, s->run);
    dba_query(s->db, "load_run", s->params, on_load, s);
}

/* Does what the phase asks for, if it can be done now. */
static void proceed(struct supervisor *s)
{
    if (s->phase == FLUSHING) {
        if (!journal_is_empty(s->journal))
            seal(s);
        if (persist_is_idle(s->persist))
            s->phase = FINISHING;
    }
    if (s->asking || !dba_is_up(s->db) || loop_timer_active(s->retry))
        return;
    static void (*const steps[])(struct supervisor *) = {
        [LOADING] = load, [CLAIMING] = claim, [FINISHING] = finish, [OVER] = NULL};
    if (!steps[s->phase])
        return;
    s->asking = true;
    steps[s->phase](s);
}

static void on_up(void *arg)
{
    struct supervisor *s = arg;
    char channel[64];
    snprintf(channel, sizeof(channel), "athanor_run_%lld", (long long)s->run);
    dba_listen(s->db, channel, true);
    if (s->lease)
        lease_check(s->lease);
    if (s->persist)
        persist_up(s->persist);
    proceed(s);
}

static void on_down(void *arg, const struct err *e)
{
    struct supervisor *s = arg;
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

/* -- signals -- */

/* The site stops: the first time with grace, the second without. */
static void on_stop_signal(void *arg)
{
    struct supervisor *s = arg;
    s->forced = s->shutdown;
    s->shutdown = true;
    if (s->phase <= CLAIMING && !s->asking && !s->lease)
        leave(s, 0); /* nothing has begun: the run stays pending */
    else if (s->phase == RUNNING && s->child)
        child_end(s->child, s->forced, OUTCOME_SHUTDOWN, "the site was stopped");
}

/* -- setting up, taking down -- */

static void random_hex(char out[RUNDIR_COOKIE_SIZE])
{
    unsigned char bytes[(RUNDIR_COOKIE_SIZE - 1) / 2];
    randombytes_buf(bytes, sizeof(bytes));
    sodium_bin2hex(out, RUNDIR_COOKIE_SIZE, bytes, sizeof(bytes));
}

/* The lock, and in it who holds it. */
static int take_run(struct supervisor *s, struct err *e)
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

static int set_up(struct supervisor *s, struct err *e)
{
    char *queries = xasprintf("%s/runner/supervise", s->conf->queries);
    const char *const folders[] = {queries, NULL};
    struct dba_events events = {on_up, on_down, on_notify, s};
    s->loop = loop_new();
    s->db = dba_new(s->loop, s->conf->database, folders, &events, e);
    free(queries);
    if (!s->db)
        return -1;
    s->publish = publish_new(s->loop, s->conf->redis, s->run);
    s->params = params_new();
    s->retry = loop_timer_new(s->loop, on_retry_time, s);
    s->flush = loop_timer_new(s->loop, on_flush_time, s);
    s->preview = loop_timer_new(s->loop, on_preview_time, s);
    s->before_wait = loop_prepare_new(s->loop, on_before_wait, s);
    s->sigint = loop_signal_new(s->loop, SIGINT, on_stop_signal, s);
    s->sigterm = loop_signal_new(s->loop, SIGTERM, on_stop_signal, s);
    return 0;
}

static void tear_down(struct supervisor *s)
{
    struct err e = {0};
    child_free(s->child);
    lease_free(s->lease);
    persist_free(s->persist);
    journal_free(s->journal);
    spool_close(s->spool);
    prepare_release(&s->prepared);
    prepare_run_release(&s->facts);
    outcome_release(&s->outcome);
    publish_free(s->publish);
    dba_free(s->db);
    params_free(s->params);
    loop_timer_free(s->retry);
    loop_timer_free(s->flush);
    loop_timer_free(s->preview);
    if (s->loop) {
        loop_prepare_free(s->before_wait);
        loop_signal_free(s->sigint);
        loop_signal_free(s->sigterm);
        loop_free(s->loop);
    }
    cgroup_remove(s->owner.cgroup);
    if (s->lock_fd >= 0 && io_remove_tree(s->keep ? s->dir.work : s->dir.path, &e) != 0)
        log_warn("run %lld: %s", (long long)s->run, e.text);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    rundir_release(&s->dir);
}

int supervise_main(const struct conf *conf, int64_t run)
{
    struct supervisor s = {.conf = conf, .run = run, .lock_fd = -1, .status = 1};
    struct err e = {0};
    /* A huge record gives its memory back; ordinary batches reuse theirs. */
    mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
    mallopt(M_TRIM_THRESHOLD, MAPPED_FROM);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    rundir_init(&s.dir, conf->state, run);
    if (take_run(&s, &e) == 0 && set_up(&s, &e) == 0)
        loop_run(s.loop);
    else
        log_error("%s", e.text);
    tear_down(&s);
    return s.status;
}
