#include "recover.h"

#include "append.h"
#include "artifacts.h"
#include "cgroup.h"
#include "db.h"
#include "ending.h"
#include "hearing.h"
#include "io.h"
#include "jobs.h"
#include "journal.h"
#include "kill.h"
#include "log.h"
#include "loop.h"
#include "params.h"
#include "rundir.h"
#include "spool.h"
#include "tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RETRY_MS = 1000, BEAT_MS = 3000 };

struct head {
    char status[16];
    int64_t epoch, lines, records, bytes;
};

struct recovery {
    const struct conf *conf;
    int64_t run;
    struct rundir dir;
    struct rundir_owner owner;
    struct kill_report killed;
    struct db *db;
    struct params *params;
    struct head head;
    int64_t beat_at;
    int64_t shipped;    /* lines */
    struct err refusal; /* why what comes next can never be stored; code ERR_NONE if it may */
};

/* A query, again and again until Postgres answers. NULL: it answers with an error, which *e tells.
 */
static struct db_result *ask(struct recovery *r, const char *name, struct err *e)
{
    for (;;) {
        struct db_result *result = db_query(r->db, name, r->params, e);
        if (result || e->code != ERR_UNAVAILABLE)
            return result;
        usleep(RETRY_MS * 1000);
    }
}

static void run_params(struct recovery *r, bool with_epoch)
{
    params_reset(r->params);
    params_int(r->params, r->run);
    if (with_epoch)
        params_int(r->params, r->head.epoch);
}

static int take_over(struct recovery *r, struct err *e)
{
    run_params(r, false);
    struct db_result *result = ask(r, "take_over", e);
    if (!result)
        return -1;
    if (db_rows(result) == 0) {
        snprintf(r->head.status, sizeof(r->head.status), "deleted");
    } else {
        snprintf(r->head.status, sizeof(r->head.status), "%s", db_text(result, 0, 0));
        r->head.epoch = db_int(result, 0, 1);
        r->head.lines = db_int(result, 0, 2);
        r->head.records = db_int(result, 0, 3);
        r->head.bytes = db_int(result, 0, 4);
    }
    db_result_free(result);
    return 0;
}

/* Reads the head after an append of which no success is known. False: the run is another's now. */
static bool read_head(struct recovery *r, struct err *e)
{
    run_params(r, false);
    struct db_result *result = ask(r, "read_head", e);
    bool ours = result && db_rows(result) == 1 && db_int(result, 0, 0) == r->head.epoch;
    if (ours) {
        r->head.lines = db_int(result, 0, 1);
        r->head.records = db_int(result, 0, 2);
        r->head.bytes = db_int(result, 0, 3);
    } else if (result) {
        err_set(e, ERR_CONFLICT, "the run was ended by somebody else meanwhile");
    }
    db_result_free(result);
    return ours;
}

static bool is_covered(const struct recovery *r, const struct batch *b)
{
    return b->head.last_line <= r->head.lines && b->head.last_record <= r->head.records;
}

/* Shows others that the run is being looked after. */
static void beat(struct recovery *r)
{
    struct err e = {0};
    if (clock_mono_ms() < r->beat_at)
        return;
    r->beat_at = clock_mono_ms() + BEAT_MS;
    run_params(r, true);
    params_text(r->params, "its supervisor has died; what that had read is being stored");
    db_result_free(db_query(r->db, "heartbeat", r->params, &e));
}

/* 1: stored (or stored before), 0: it does not follow the head or cannot be stored, -1: the run is
 * another's. */
static int ship(struct recovery *r, const struct batch *b, struct err *e)
{
    int refusals = 0;
    while (!is_covered(r, b)) {
        if (b->head.first_line != r->head.lines + 1 || b->head.first_record != r->head.records + 1)
            return 0;
        beat(r);
        const char *query = append_params(r->params, b, r->head.epoch);
        struct db_result *result = db_query(r->db, query, r->params, e);
        bool taken = result && db_rows(result) == 1;
        db_result_free(result);
        if (taken) {
            r->head.lines = b->head.last_line;
            r->head.records = b->head.last_record;
            r->head.bytes = b->head.last_byte;
            r->shipped += b->head.last_line - b->head.first_line + 1;
            return 1;
        }
        if (!result) {
            refusals = append_is_final(e) ? refusals + 1 : 0;
            if (refusals == APPEND_REFUSALS) {
                r->refusal = *e;
                return 0;
            }
            usleep(RETRY_MS * 1000);
        }
        if (!read_head(r, e))
            return -1;
    }
    return 1;
}

/* Ships the spool. Returns as ship does. *left tells whether something could not be shipped, or
 * read. */
static int ship_spool(struct recovery *r, bool dry, bool *left, struct err *e)
{
    struct spool *s = spool_open(r->dir.spool, false, e);
    int got = s || e->code == ERR_NOT_FOUND ? 0 : -1;
    uint64_t at = 0;
    int rc = 1;
    struct batch *b;
    *left = false;
    while (s && rc == 1 && (got = spool_read(s, at, r->run, &b, e)) == 1) {
        at = b->spool_end;
        if (dry)
            rc = is_covered(r, b);
        else
            rc = ship(r, b, e);
        *left = rc != 1;
        batch_free(b);
    }
    spool_close(s);
    if (got >= 0)
        return rc;
    log_error("run %lld: %s", (long long)r->run, e->text);
    r->refusal = *e;
    *left = true;
    return 0;
}

/* Our daemon, if it has inherited what its supervisors left behind. */
static pid_t heir(void)
{
    const char *said = getenv(RECOVER_HEIR);
    int64_t pid;
    bool known = said && parse_int64(said, strlen(said), &pid) && pid == getppid();
    return known ? (pid_t)pid : 0;
}

static void kill_leftovers(struct recovery *r)
{
    char host[256];
    struct tree t = {.cookie = r->owner.cookie, .heir = heir()};
    rundir_host(host);
    r->killed.means = "cookie";
    if (strcmp(host, r->owner.host) != 0 || !*r->owner.cookie)
        return;
    kill_all(&t, r->owner.cgroup, NULL, NULL, &r->killed);
    cgroup_remove(r->owner.cgroup);
    if (r->killed.processes)
        log_info("run %lld: killed %d process(es) by %s in %lld ms", (long long)r->run,
                 r->killed.processes, r->killed.means, (long long)r->killed.ms);
}

static void record_kill(const struct recovery *r, struct journal *j)
{
    char message[160], payload[160];
    if (!r->killed.processes)
        return;
    snprintf(message, sizeof(message), "killed %d process(es) that the run left, by %s, in %lld ms",
             r->killed.processes, r->killed.means, (long long)r->killed.ms);
    snprintf(payload, sizeof(payload),
             "{\"processes\":%d,\"left\":%d,\"means\":\"%s\",\"ms\":%lld}", r->killed.processes,
             r->killed.left, r->killed.means, (long long)r->killed.ms);
    journal_set_time(j, clock_wall_ms());
    journal_event(j, "athanor.killed", message, payload);
}

static void on_message(void *arg, const struct message *m)
{
    if (m->type == MESSAGE_ARTIFACT)
        artifacts_take(arg, m);
}

static void on_beat_time(void *arg)
{
    beat(arg);
}

/* Hears the tail file, and keeps the files that the program handed over last. */
static void hear_tail(struct recovery *r, struct journal *j, struct err *e)
{
    struct loop *loop = loop_new();
    struct artifacts *a =
        artifacts_new(loop, j,
                      &(struct artifacts_setup){.run = r->run,
                                                .state = r->conf->state,
                                                .work = r->dir.work,
                                                .limit = r->conf->artifact_mb << 20});
    struct hearing *h = hearing_new(j, &(struct hearing_events){.message = on_message, .arg = a});
    struct loop_timer *timer = loop_timer_new(loop, on_beat_time, r);
    if (tail_replay(r->dir.tail, r->head.lines, r->head.records, j, h, e) < 0)
        log_warn("run %lld: %s", (long long)r->run, e->text);
    hearing_finish(h);
    loop_timer_start(timer, 0, BEAT_MS);
    while (!artifacts_are_idle(a))
        loop_run_once(loop);
    loop_timer_free(timer);
    hearing_free(h);
    artifacts_free(a, false); /* the sweep lets go what the run holds, once it has ended */
    loop_free(loop);
}

/* What was read but not spooled, and what we have done. Returns as ship does. */
static int ship_rest(struct recovery *r, struct err *e)
{
    struct journal *j = journal_new(r->run, r->head.lines, r->head.records, r->head.bytes);
    hear_tail(r, j, e);
    record_kill(r, j);
    struct batch *b = journal_take(j);
    int rc = ship(r, b, e);
    batch_free(b);
    journal_free(j);
    return rc;
}

static int finish(struct recovery *r, const char *how, struct err *e)
{
    struct outcome o = {0};
    if (r->refusal.code != ERR_NONE)
        outcome_decide(&o, OUTCOME_LOST, "its output could not be stored: %s", r->refusal.text);
    if (!ending_read(r->dir.ending, &o))
        outcome_decide(&o, OUTCOME_LOST, "its supervisor is gone%s%s",
                       *how ? ": it ended with " : "", how);
    rundir_end_work(&r->dir);
    run_params(r, true);
    ending_params(r->params, &o);
    struct db_result *result = ask(r, "finish_run", e);
    if (result)
        log_warn("run %lld ends as %s: %s (%lld lines came from its folder)", (long long)r->run,
                 outcome_status(&o), o.error ? o.error : "as its program did",
                 (long long)r->shipped);
    outcome_release(&o);
    db_result_free(result);
    return result ? 0 : -1;
}

/* What nobody may append any more is put aside, for people. */
static int put_aside(struct recovery *r, struct err *e)
{
    char *folder = xasprintf("%s/orphaned", r->conf->state);
    char *path = xasprintf("%s/%lld-%lld", folder, (long long)r->run, (long long)clock_wall_ms());
    int rc = io_mkdirs(folder, 0700, e);
    if (rc == 0 && rename(r->dir.path, path) != 0)
        rc = err_errno(e, "cannot move %s to %s", r->dir.path, path);
    if (rc == 0)
        log_warn("run %lld: output that could not be stored any more is kept in %s",
                 (long long)r->run, path);
    free(folder);
    free(path);
    return rc;
}

static int clean_up(struct recovery *r, bool left, struct err *e)
{
    return left ? put_aside(r, e) : io_remove_tree(r->dir.path, e);
}

/* Returns the exit status. */
static int recover(struct recovery *r, const char *how, struct err *e)
{
    bool left = false;
    kill_leftovers(r);
    if (take_over(r, e) != 0)
        return 1;
    if (strcmp(r->head.status, "pending") == 0)
        return clean_up(r, false, e) == 0 ? JOBS_PENDING : 1;
    if (strcmp(r->head.status, "running") != 0) {
        r->head.records--; /* the last one is its end */
        (void)ship_spool(r, true, &left, e);
        return clean_up(r, left, e) == 0 ? 0 : 1;
    }
    int rc = ship_spool(r, false, &left, e);
    if (rc == 1)
        rc = ship_rest(r, e);
    left = left || rc != 1;
    if (rc != -1 && finish(r, how, e) != 0) /* -1: somebody else has ended it meanwhile */
        return 1;
    return clean_up(r, left, e) == 0 ? 0 : 1;
}

/* Waits for Postgres, but not for a query file that is bad. */
static struct db *open_database(const struct conf *conf, struct err *e)
{
    char *common = xasprintf("%s/runner/supervise", conf->queries);
    char *own = xasprintf("%s/runner/recover", conf->queries);
    const char *const folders[] = {common, own, NULL};
    struct db *db;
    while (!(db = db_open(conf->database, folders, false, e)) && e->code == ERR_UNAVAILABLE)
        usleep(RETRY_MS * 1000);
    free(common);
    free(own);
    return db;
}

int recover_main(const struct conf *conf, int64_t run, const char *how)
{
    struct recovery r = {.conf = conf, .run = run};
    struct err e = {0};
    int status = 1;
    rundir_init(&r.dir, conf->state, run);
    int lock = rundir_take(&r.dir, false, 0, &e);
    if (lock < 0) {
        status = e.code == ERR_CONFLICT || e.code == ERR_NOT_FOUND ? 0 : 1;
        goto out;
    }
    r.params = params_new();
    if (rundir_read_owner(&r.dir, &r.owner, &e) == 0 && (r.db = open_database(conf, &e)))
        status = recover(&r, how, &e);
    db_close(r.db);
    params_free(r.params);
    close(lock);
out:
    if (status == 1)
        log_error("cannot recover run %lld: %s", (long long)run, e.text);
    rundir_release(&r.dir);
    return status;
}
