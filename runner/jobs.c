#include "jobs.h"

#include "io.h"
#include "log.h"
#include "offer.h"
#include "rundir.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REMEMBERED = 256 };

enum kind { SUPERVISOR, RECOVERY };

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
    size_t running, all;
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

static struct job *add(struct jobs *j, int64_t run, enum kind kind)
{
    struct job *job = xcalloc(1, sizeof(*job));
    *job = (struct job){.next = j->first, .jobs = j, .run = run, .kind = kind};
    j->first = job;
    j->all++;
    j->running += kind == SUPERVISOR;
    return job;
}

static void drop(struct job *job)
{
    struct jobs *j = job->jobs;
    struct job **at = &j->first;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    j->all--;
    j->running -= job->kind == SUPERVISOR;
    free(job);
}

struct jobs *jobs_new(struct processes *processes, const struct conf *conf, const char *config,
                      const struct jobs_events *events)
{
    struct jobs *j = xcalloc(1, sizeof(*j));
    j->processes = processes;
    j->conf = conf;
    j->config = config;
    j->events = *events;
    return j;
}

void jobs_free(struct jobs *j)
{
    if (!j)
        return;
    while (j->first)
        drop(j->first);
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
    char how[64];
    process_words(wait_status, how, sizeof(how));
    drop(job);
    if (has_folder(j, run)) {
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

static int start(struct job *job, const char *verb, const char *word, process_cb *cb, struct err *e)
{
    struct jobs *j = job->jobs;
    char run[24];
    snprintf(run, sizeof(run), "%lld", (long long)job->run);
    const char *with[] = {"--config", j->config, verb, run, word, NULL};
    job->process = process_start(j->processes, j->config ? with : with + 2, NULL, cb, job, e);
    if (job->process)
        return 0;
    drop(job);
    return -1;
}

static void recover(struct jobs *j, int64_t run, const char *how)
{
    struct err e = {0};
    if (start(add(j, run, RECOVERY), "recover", how, on_recovery_end, &e) != 0)
        log_error("cannot recover run %lld: %s", (long long)run, e.text);
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
    if (rc == 0)
        rc = start(add(j, run, SUPERVISOR), "supervise", NULL, on_supervisor_end, e);
    return rc;
}

/* -- looking at what is there -- */

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
    else
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

void jobs_signal(const struct jobs *j, int signo)
{
    for (const struct job *job = j->first; job; job = job->next)
        if (job->kind == SUPERVISOR)
            kill(process_pid(job->process), signo);
}
