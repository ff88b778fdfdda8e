#include "jobs.h"

#include "io.h"
#include "log.h"
#include "offer.h"
#include "rundir.h"
#include "supervise.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REMEMBERED = 256 };

enum kind { SUPERVISOR, RECOVERY, SPARE };

struct job {
    struct job *next;
    struct jobs *jobs;
    int64_t run;
    enum kind kind;
    struct process *process;
};

struct jobs {
    struct processes *processes;
    const struct conf *conf;
    const char *config;
    struct jobs_events events;
    struct job *first;
    size_t running, all; /* of kind SUPERVISOR; without the spare */
    struct job *spare;
    int spare_fd; /* its stdin */
    struct loop_timer *refill;
    bool stopping;
    /* Runs whose supervisor ended before it began; the oldest is forgotten. */
    struct {
        int64_t run;
        int count;
    } failures[REMEMBERED];
    size_t failure_at;
};

static void recover(struct jobs *j, int64_t run, const char *how);

static struct job *find(const struct jobs *j, int64_t run)
{
    struct job *job = j->first;
    while (job && job->run != run)
        job = job->next;
    return job;
}

static void count(struct jobs *j, enum kind kind, int by)
{
    j->running += (size_t)(kind == SUPERVISOR ? by : 0);
    j->all += (size_t)(kind != SPARE ? by : 0);
}

static struct job *add(struct jobs *j, int64_t run, enum kind kind)
{
    struct job *job = xcalloc(1, sizeof(*job));
    *job = (struct job){.next = j->first, .jobs = j, .run = run, .kind = kind};
    j->first = job;
    count(j, kind, 1);
    return job;
}

static void drop(struct job *job)
{
    struct jobs *j = job->jobs;
    struct job **at = &j->first;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    count(j, job->kind, -1);
    free(job);
}

static void make_spare(void *arg);
static void drop_spare(struct jobs *j);

struct jobs *jobs_new(struct loop *l, struct processes *processes, const struct conf *conf,
                      const char *config, const struct jobs_events *events)
{
    struct jobs *j = xcalloc(1, sizeof(*j));
    j->processes = processes;
    j->conf = conf;
    j->config = config;
    j->events = *events;
    j->refill = loop_timer_new(l, make_spare, j);
    loop_timer_start(j->refill, JOBS_SPARE_MS, 0);
    return j;
}

void jobs_free(struct jobs *j)
{
    if (!j)
        return;
    drop_spare(j);
    while (j->first)
        drop(j->first);
    loop_timer_free(j->refill);
    free(j);
}

/* -- runs that did not begin -- */

static void did_not_begin(struct jobs *j, int64_t run)
{
    size_t at = 0;
    char why[200];
    while (at < REMEMBERED && j->failures[at].run != run)
        at++;
    if (at == REMEMBERED) {
        at = j->failure_at++ % REMEMBERED;
        j->failures[at].run = run;
        j->failures[at].count = 0;
    }
    if (++j->failures[at].count < JOBS_ATTEMPTS) {
        j->events.released(j->events.arg, run);
        return;
    }
    j->failures[at].run = 0;
    snprintf(why, sizeof(why),
             "its supervisor ended %d times before the program could be started; the runner's log "
             "tells more",
             JOBS_ATTEMPTS);
    j->events.hopeless(j->events.arg, run, why);
}

/* -- ends -- */

static void drop_spare(struct jobs *j)
{
    if (!j->spare)
        return;
    close(j->spare_fd); /* it leaves by itself */
    j->spare = NULL;
}

static bool has_folder(const struct jobs *j, int64_t run)
{
    struct rundir dir;
    rundir_init(&dir, j->conf->state, run);
    bool there = access(dir.path, F_OK) == 0;
    rundir_release(&dir);
    return there;
}

static void on_supervisor_end(void *arg, int wait_status)
{
    struct job *job = arg;
    struct jobs *j = job->jobs;
    int64_t run = job->run;
    bool spare = job->kind == SPARE;
    char how[64];
    process_words(wait_status, how, sizeof(how));
    if (job == j->spare)
        drop_spare(j);
    drop(job);
    if (spare)
        return;
    if (!j->stopping && has_folder(j, run)) {
        log_warn("the supervisor of run %lld ended with %s", (long long)run, how);
        recover(j, run, wait_status == -1 ? "" : how);
    } else if (wait_status > 0) {
        log_warn("the supervisor of run %lld ended with %s", (long long)run, how);
    }
    j->events.freed(j->events.arg);
}

static void on_recovery_end(void *arg, int wait_status)
{
    struct job *job = arg;
    struct jobs *j = job->jobs;
    int64_t run = job->run;
    drop(job);
    if (wait_status > 0 && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == JOBS_PENDING)
        did_not_begin(j, run);
    else if (wait_status != 0)
        log_warn("the recovery of run %lld failed; it is tried again", (long long)run);
    j->events.freed(j->events.arg);
}

/* -- starts -- */

static int start(struct job *job, const char *verb, const char *word, int *in, process_cb *cb,
                 struct err *e)
{
    struct jobs *j = job->jobs;
    char run[24];
    snprintf(run, sizeof(run), "%lld", (long long)job->run);
    const char *with[] = {"--config", j->config, verb, in ? SUPERVISE_STANDBY : run, word, NULL};
    const char *const *args = j->config ? with : with + 2;
    job->process = in ? process_start_fed(j->processes, args, in, cb, job, e)
                      : process_start(j->processes, args, NULL, cb, job, e);
    if (job->process)
        return 0;
    drop(job);
    return -1;
}

static void recover(struct jobs *j, int64_t run, const char *how)
{
    struct err e = {0};
    if (start(add(j, run, RECOVERY), "recover", how, NULL, on_recovery_end, &e) != 0)
        log_error("cannot recover run %lld: %s", (long long)run, e.text);
}

static void make_spare(void *arg)
{
    struct jobs *j = arg;
    struct err e = {0};
    if (j->spare || j->stopping)
        return;
    struct job *job = add(j, 0, SPARE);
    if (start(job, "supervise", NULL, &j->spare_fd, on_supervisor_end, &e) == 0)
        j->spare = job;
    else
        log_warn("cannot start a spare supervisor: %s", e.text);
}

/* Hands the run to the spare, if there is one. */
static bool use_spare(struct jobs *j, int64_t run)
{
    char order[24];
    struct job *job = j->spare;
    int len = snprintf(order, sizeof(order), "%lld\n", (long long)run);
    loop_timer_start(j->refill, JOBS_SPARE_MS, 0);
    if (!job || write(j->spare_fd, order, (size_t)len) != len)
        return false;
    drop_spare(j);
    count(j, SPARE, -1);
    job->kind = SUPERVISOR;
    job->run = run;
    count(j, SUPERVISOR, 1);
    return true;
}

int jobs_start(struct jobs *j, int64_t run, int64_t runner, const struct offered *x, struct err *e)
{
    struct rundir dir;
    int rc = 0;
    if (find(j, run))
        return err_set(e, ERR_CONFLICT, "run %lld has a process already", (long long)run);
    rundir_init(&dir, j->conf->state, run);
    if (io_mkdirs(dir.path, 0700, e) != 0 ||
        offer_write(dir.offer, runner, x->folder, x->hash, x->manifest, e) != 0)
        rc = -1;
    rundir_release(&dir);
    if (rc == 0 && !use_spare(j, run))
        rc = start(add(j, run, SUPERVISOR), "supervise", NULL, NULL, on_supervisor_end, e);
    return rc;
}

/* -- looking at what is there -- */

/* A recovery can be cut off anywhere: it is begun anew some day. */
static void tell_to_end(const struct job *job)
{
    kill(process_pid(job->process), job->kind == SUPERVISOR ? SIGINT : SIGTERM);
}

static bool adopt(struct jobs *j, const struct rundir *dir)
{
    struct rundir_owner owner;
    struct err e = {0};
    if (rundir_read_owner(dir, &owner, &e) != 0 || owner.pid <= 0)
        return false;
    struct job *job = add(j, dir->run, SUPERVISOR);
    job->process = process_adopt(j->processes, owner.pid, on_supervisor_end, job, &e);
    /* Only now is it sure that the number is still the supervisor's: he holds the lock. */
    if (job->process && rundir_is_held(dir) == 1) {
        if (j->stopping)
            tell_to_end(job);
        else
            log_info("run %lld goes on (supervisor %d)", (long long)dir->run, owner.pid);
        return true;
    }
    if (!job->process)
        drop(job);
    return false;
}

static void look_at(struct jobs *j, int64_t run)
{
    struct rundir dir;
    rundir_init(&dir, j->conf->state, run);
    int held = rundir_is_held(&dir);
    if (held == 1)
        adopt(j, &dir); /* if not now, then by the next look */
    else if (!j->stopping)
        recover(j, run, "");
    rundir_release(&dir);
}

void jobs_scan(struct jobs *j)
{
    char *path = xasprintf("%s/runs", j->conf->state);
    char **names = io_list(path, NULL);
    for (char **name = names; name && *name; name++) {
        int64_t run;
        if (parse_int64(*name, strlen(*name), &run) && run > 0 && !find(j, run))
            look_at(j, run);
    }
    io_list_free(names);
    free(path);
}

size_t jobs_running(const struct jobs *j)
{
    return j->running;
}

size_t jobs_processes(const struct jobs *j)
{
    return j->all;
}

void jobs_stop(struct jobs *j)
{
    bool first = !j->stopping;
    j->stopping = true;
    loop_timer_stop(j->refill);
    drop_spare(j);
    for (const struct job *job = j->first; job; job = job->next)
        if (job->kind != SPARE)
            tell_to_end(job);
    if (first)
        jobs_scan(j);
}
