#include "supervisor.h"

#include "cgroup.h"
#include "ending.h"
#include "log.h"
#include "progress.h"

#include <stdlib.h>
#include <unistd.h>

enum { FLUSH_MS = 100, LATE_MS = 500, PREVIEW_MS = 100 };

/* -- batches -- */

static void on_committed(void *arg, const struct batch *b)
{
    struct supervisor *s = arg;
    publish_batch(s->publish, s->epoch, b);
    merge_note(s->merge, b);
    loop_timer_stop(s->flush); /* it may be time sooner than was thought */
}

static void on_stale(void *arg)
{
    supervisor_give_up(arg);
}

/* A defect must not keep the run running for ever. */
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
    supervisor_proceed(s);
}

static void on_undone(void *arg, const char *message, size_t len)
{
    struct supervisor *s = arg;
    tail_add(s->tail, TAIL_UNDONE, 0, message, len);
}

/* What was said is in the spool; what is unfinished or undone is not. */
static void restart_tail(struct supervisor *s, int64_t lines, int64_t records)
{
    tail_restart(s->tail, lines, records, s->child ? child_hearing(s->child) : NULL);
    artifacts_undone(s->artifacts, on_undone, s);
}

static void seal(struct supervisor *s)
{
    struct batch *b = journal_take(s->journal);
    int64_t lines = b->head.last_line, records = b->head.last_record;
    s->sealed_at = loop_now(s->loop);
    loop_timer_stop(s->flush);
    persist_submit(s->persist, b);
    if (s->tail && persist_is_safe(s->persist))
        restart_tail(s, lines, records);
}

/* In the midst of a long message, which the tail does not hold: that begins anew behind it. */
static void on_full(void *arg)
{
    struct supervisor *s = arg;
    _Static_assert((int)JOURNAL_LONG >= (int)TAIL_SIZE, "what is shorter can stand in the tail");
    persist_submit(s->persist, journal_take(s->journal));
}

/* The first line after quiet goes out at once, then every 100 ms or when there is much. Behind what
 * Postgres has not taken yet small batches would only make it later: a commit may cost more than
 * that. */
static void flush(struct supervisor *s)
{
    size_t size = journal_size(s->journal);
    bool busy = persist_is_busy(s->persist);
    int64_t wait = s->sealed_at + (busy ? LATE_MS : FLUSH_MS) - loop_now(s->loop);
    if (journal_is_empty(s->journal))
        return;
    if (wait <= 0 || size >= BATCH_FULL || (size >= BATCH_FLUSH && !busy))
        seal(s);
    else if (!loop_timer_active(s->flush))
        loop_timer_start(s->flush, wait, 0);
}

void supervisor_turn(struct supervisor *s)
{
    struct output *output = child_output(s->child);
    output_read(output);
    if (s->phase != RUNNING) /* a message just read may have ended it */
        return;
    flush(s);
    output_pause(output, persist_is_full(s->persist) || artifacts_are_full(s->artifacts));
    if (s->previewed != output_reads(output) && !loop_timer_active(s->preview))
        loop_timer_start(s->preview, PREVIEW_MS, 0);
}

void supervisor_keep_rest(struct supervisor *s)
{
    flush(s);
    if (!artifacts_are_idle(s->artifacts))
        return;
    trouble_close(s->trouble, loop_now(s->loop));
    s->phase = FLUSHING;
}

void supervisor_flush_rest(struct supervisor *s)
{
    struct err e = {0};
    if (!journal_is_empty(s->journal))
        seal(s);
    if (!s->sure && persist_is_safe(s->persist)) {
        if (ending_write(s->dir.ending, &s->outcome, &e) != 0)
            log_warn("run %lld: %s", (long long)s->run, e.text);
        s->sure = true;
    }
    if (persist_is_idle(s->persist))
        s->phase = FINISHING;
}

void supervisor_see_trouble(struct supervisor *s)
{
    char text[TROUBLE_MAX];
    enum persist_trouble which = persist_trouble(s->persist, text, sizeof(text));
    trouble_see(s->trouble, (int)which, text, loop_now(s->loop));
}

void supervisor_preview(void *arg)
{
    struct supervisor *s = arg;
    struct strbuf json = STRBUF_INIT;
    if (s->phase == RUNNING) {
        s->previewed = output_reads(child_output(s->child));
        hearing_preview(child_hearing(s->child), &json);
    }
    publish_preview(s->publish, json.buf, json.len);
    strbuf_release(&json);
}

/* -- the program -- */

static void on_message(void *arg, const struct message *m)
{
    struct supervisor *s = arg;
    struct strbuf json = STRBUF_INIT;
    if (m->type == MESSAGE_PROGRESS) {
        progress_put(&json, m, clock_wall_ms());
        publish_progress(s->publish, json.buf, json.len);
    } else {
        artifacts_take(s->artifacts, m);
    }
    strbuf_release(&json);
}

static void on_ended(void *arg)
{
    struct supervisor *s = arg;
    s->phase = KEEPING;
}

static void on_tidied(void *arg)
{
    supervisor_leave(arg, 0);
}

static int open_files(struct supervisor *s, struct err *e)
{
    if (!s->spool)
        s->spool = spool_open(s->dir.spool, true, e);
    if (s->spool && !s->tail)
        s->tail = tail_open(s->dir.tail, e);
    return s->tail ? 0 : err_wrap(e, "cannot make the run's files");
}

void supervisor_get_ready(struct supervisor *s)
{
    struct err e = {0};
    if (open_files(s, &e) != 0 ||
        (s->outcome.event == OUTCOME_OPEN &&
         prepare(&s->prepared, s->conf, &s->dir, &s->facts, s->owner.cookie, &e)))
        outcome_decide(&s->outcome, OUTCOME_START, "%s", e.text);
}

static void start_program(struct supervisor *s)
{
    struct err e = {0};
    struct child_plan plan;
    const struct child_events events = {on_message, on_ended, s};
    prepare_plan(&s->prepared, &s->facts, &s->dir, &plan);
    plan.tail = s->tail;
    plan.cgroup = s->owner.cgroup;
    plan.spawn.cgroup_fd = cgroup_open(s->owner.cgroup);
    plan.spawn.pid_namespace = s->conf->pid_namespace;
    s->child = child_start(s->loop, &plan, s->journal, &s->outcome, &events, &e);
    if (plan.spawn.cgroup_fd >= 0)
        close(plan.spawn.cgroup_fd);
    if (!s->child)
        outcome_decide(&s->outcome, OUTCOME_START, "%s", e.text);
}

void supervisor_begin(struct supervisor *s, int64_t lines, int64_t records, int64_t bytes)
{
    const struct persist_events events = {on_committed, on_stale, on_refused, s};
    s->phase = RUNNING;
    if (!s->tail) { /* as the outcome says */
        s->phase = FINISHING;
        return;
    }
    s->journal = journal_new(s->run, lines, records, bytes);
    s->persist = persist_new(s->loop, s->db, s->spool, s->run, s->epoch,
                             (uint64_t)s->conf->spool_mb << 20, &events);
    journal_on_full(s->journal, on_full, s);
    s->trouble = trouble_new(s->lease, s->journal);
    s->artifacts = artifacts_new(s->loop, s->journal,
                                 &(struct artifacts_setup){.run = s->run,
                                                           .state = s->conf->state,
                                                           .work = s->dir.work,
                                                           .limit = s->conf->artifact_mb << 20});
    s->merge = merge_new(s->db, s->run, on_tidied, s);
    tail_restart(s->tail, lines, records, NULL);
    if (s->outcome.event == OUTCOME_OPEN)
        start_program(s);
    if (!s->child)
        s->phase = KEEPING;
    else if (s->shutdown)
        supervisor_stop_program(s);
}

void supervisor_stop_program(struct supervisor *s)
{
    child_end(s->child, s->forced, OUTCOME_SHUTDOWN, "the site was stopped");
}

/* What is not sealed yet goes into the spool, for people: Postgres takes nothing of this run any
 * more. */
static void save_rest(struct supervisor *s)
{
    struct err e = {0};
    struct batch *b = journal_take(s->journal);
    if (!batch_is_empty(b) && spool_append(s->spool, b, &e) != 0)
        log_warn("run %lld: %s", (long long)s->run, e.text);
    batch_free(b);
}

void supervisor_give_up(struct supervisor *s)
{
    if (s->phase == OVER)
        return;
    log_warn("run %lld was ended by somebody else", (long long)s->run);
    if (s->child)
        child_abandon(s->child);
    if (s->persist) {
        save_rest(s);
        s->keep = spool_backlog(s->spool) > 0;
    }
    supervisor_leave(s, 1);
}
