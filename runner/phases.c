/*
 * A reply that was lost is made up for by asking: load_run tells by the random `claim` in the
 * snapshot whether this very supervisor has claimed the run already, and finish_run answers no row
 * for a run that has ended.
 */
#include "supervisor.h"

#include "ending.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No answer: again when the connection is back, or after a while. */
static void put_off(struct supervisor *s, const struct err *e)
{
    if (e->code != ERR_UNAVAILABLE)
        log_error("run %lld: %s", (long long)s->run, e->text);
    if (e->code == ERR_UNAVAILABLE && !dba_is_up(s->db))
        return;
    loop_timer_start(s->retry, SUPERVISOR_RETRY_MS, 0);
}

/* -- the lease -- */

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
    if (forced && s->artifacts)
        artifacts_drop(s->artifacts);
}

static void on_stale(void *arg)
{
    struct supervisor *s = arg;
    if (s->phase < FINISHING) /* from there on it is the reply to finish_run that tells */
        supervisor_give_up(s);
}

static void own(struct supervisor *s, int64_t epoch)
{
    const struct lease_events events = {on_renewed, on_cancelled, on_stale, s};
    s->epoch = epoch;
    s->lease = lease_new(s->loop, s->db, s->run, epoch, &events);
}

/* -- claim -- */

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
        supervisor_leave(s, 0);
        return;
    }
    own(s, db_int(r, 0, 0));
    supervisor_begin(s, db_int(r, 0, 1), db_int(r, 0, 2), 0);
    publish_record(s->publish, s->epoch, db_int(r, 0, 1), db_int(r, 0, 2), db_text(r, 0, 3));
    supervisor_proceed(s);
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
    supervisor_get_ready(s);
}

/* -- load -- */

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
        .data = db_is_null(r, 0, 13) ? NULL
                                     : json_loadb(db_text(r, 0, 13), db_length(r, 0, 13), 0, NULL),
        .time_limit_s = db_int(r, 0, 14),
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
        supervisor_leave(s, 1);
        return;
    }
    bool ours = strcmp(db_text(r, 0, 10), s->claim) == 0;
    if (strcmp(db_text(r, 0, 0), "pending") != 0 && !ours) {
        log_info("run %lld is %s: not to be started", (long long)s->run, db_text(r, 0, 0));
        supervisor_leave(s, 0);
        return;
    }
    read_facts(s, r);
    s->phase = CLAIMING;
    if (ours) { /* the reply of claim_run was lost */
        own(s, db_int(r, 0, 6));
        supervisor_get_ready(s);
        supervisor_begin(s, db_int(r, 0, 7), db_int(r, 0, 8), db_int(r, 0, 9));
    }
    supervisor_proceed(s);
}

static void load(struct supervisor *s)
{
    params_reset(s->params);
    params_int(s->params, s->run);
    dba_query(s->db, "load_run", s->params, on_load, s);
}

/* -- finish -- */

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
    s->phase = TIDYING;
    if (!s->merge || !merge_rest(s->merge))
        supervisor_leave(s, 0);
}

static void finish(struct supervisor *s)
{
    rundir_end_work(&s->dir);
    params_reset(s->params);
    params_int(s->params, s->run);
    params_int(s->params, s->epoch);
    ending_params(s->params, &s->outcome);
    dba_query(s->db, "finish_run", s->params, on_finish, s);
}

/* -- on and on -- */

void supervisor_proceed(struct supervisor *s)
{
    static void (*const steps[OVER + 1])(struct supervisor *) = {
        [LOADING] = load, [CLAIMING] = claim, [FINISHING] = finish};
    if (s->phase == FLUSHING)
        supervisor_flush_rest(s);
    if (!steps[s->phase] || s->asking || !dba_is_up(s->db) || loop_timer_active(s->retry))
        return;
    s->asking = true;
    steps[s->phase](s);
}

void supervisor_up(struct supervisor *s)
{
    char channel[64];
    snprintf(channel, sizeof(channel), "athanor_run_%lld", (long long)s->run);
    dba_listen(s->db, channel, true, NULL, NULL);
    if (s->lease)
        lease_check(s->lease);
    if (s->persist)
        persist_up(s->persist);
    supervisor_proceed(s);
}
