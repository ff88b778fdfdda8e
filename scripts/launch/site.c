#include "site.h"

#include "leftover.h"
#include "proc.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HURRY_AFTER_MS = 1000, ORPHANS_WAIT_MS = 5000 };

static void say(struct site *s, const char *text)
{
    terminal_line(s->terminal, "athanor", text, strlen(text));
}

static void record(struct site *s)
{
    struct leftover_entry entries[TABLE_PROGRAMS_MAX];
    struct err e = {0};
    for (int i = 0; i < s->count; i++)
        entries[i] =
            (struct leftover_entry){.name = s->programs[i].spec->name, .pid = s->programs[i].pid};
    if (leftover_write(s->table->state, entries, (size_t)s->count, &e) < 0)
        say(s, e.text);
}

struct program *site_find(struct site *s, const char *name)
{
    for (int i = 0; i < s->count; i++) {
        if (strcmp(s->programs[i].spec->name, name) == 0)
            return &s->programs[i];
    }
    return NULL;
}

/* ---- starting ---- */

static bool given_up(struct site *s)
{
    char text[256];
    for (int i = 0; i < s->count; i++) {
        const struct program *p = &s->programs[i];
        if (p->state == PROGRAM_FAILED) {
            snprintf(text, sizeof(text), "%s failed, so the site ends", p->spec->name);
        } else if (s->phase == SITE_STARTING && p->spec->ready && p->deaths >= SITE_TRIES) {
            snprintf(text, sizeof(text),
                     "%s cannot be started; what it said is above and in log/%s.log", p->spec->name,
                     p->spec->name);
        } else {
            continue;
        }
        say(s, text);
        return true;
    }
    return false;
}

static bool stage_is_ready(struct site *s)
{
    for (int i = 0; i < s->count; i++) {
        const struct program *p = &s->programs[i];
        if (p->spec->stage == s->stage && !program_is_ready(p) && p->state != PROGRAM_STOPPED)
            return false;
    }
    return true;
}

static void start_stage(struct site *s)
{
    for (int i = 0; i < s->count; i++) {
        if (s->programs[i].spec->stage == s->stage)
            program_start(&s->programs[i]);
    }
}

static void advance(struct site *s)
{
    while (s->phase == SITE_STARTING && stage_is_ready(s)) {
        if (s->stage == TABLE_STAGE_MAX) {
            s->phase = SITE_UP;
        } else {
            s->stage++;
            start_stage(s);
        }
    }
}

/* ---- ending ---- */

struct orphans {
    const struct site *site;
    pid_t self;
    const char *file; /* only those that run this file, or NULL */
    int signal;       /* what they are sent, or 0 */
    int found;
};

static bool on_orphan(void *arg, const struct proc_facts *p)
{
    struct orphans *o = arg;
    if (p->parent != o->self || p->state == 'Z')
        return true;
    for (int i = 0; i < o->site->count; i++) {
        if (o->site->programs[i].pid == p->pid)
            return true;
    }
    if (o->file && !proc_runs(p->pid, o->file))
        return true;
    o->found++;
    if (o->signal)
        (void)kill(p->pid, o->signal);
    return true;
}

/* Children of ours that are no programs: how many there are. */
static int orphans(const struct site *s, const char *file, int signo)
{
    struct orphans o = {.site = s, .self = getpid(), .file = file, .signal = signo};
    proc_each(on_orphan, &o);
    return o.found;
}

/* What no program owns any more: the children of one that was killed become ours, and theirs in
 * turn. */
static void end_orphans(struct site *s)
{
    int64_t end = clock_mono_ms() + ORPHANS_WAIT_MS;
    while (orphans(s, NULL, SIGKILL) > 0 && clock_mono_ms() < end) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        nanosleep(&(struct timespec){.tv_nsec = 10000000L}, NULL);
    }
}

/* What a program was allowed to leave behind ends with its stage: it is asked as the program would
 * have been (the supervisors of a runner that was killed still write how their runs end), and its
 * death brings us back here. */
static bool orphans_are_over(struct site *s, const struct program *p)
{
    if (!p->spec->keep_orphans)
        return true;
    int left = orphans(s, p->spec->argv[0], s->orphans_told ? 0 : p->spec->stop_signal);
    s->orphans_told = true;
    return left == 0;
}

static bool stop_stage_is_over(struct site *s)
{
    for (int i = 0; i < s->count; i++) {
        const struct program *p = &s->programs[i];
        if (p->spec->stop_stage == s->stage && !(program_is_over(p) && orphans_are_over(s, p)))
            return false;
    }
    return true;
}

static void stop_stage(struct site *s)
{
    for (int i = 0; i < s->count; i++) {
        if (s->programs[i].spec->stop_stage == s->stage)
            program_stop(&s->programs[i]);
    }
}

static void retreat(struct site *s)
{
    while (s->phase == SITE_ENDING && stop_stage_is_over(s)) {
        if (s->stage < TABLE_STAGE_MAX) {
            s->stage++;
            s->orphans_told = false;
            stop_stage(s);
            continue;
        }
        s->phase = SITE_ENDED;
        end_orphans(s);
        leftover_forget(s->table->state);
        loop_stop(s->loop);
    }
}

void site_stop(struct site *s, int exit_status)
{
    if (s->phase == SITE_ENDED)
        return;
    if (s->phase == SITE_ENDING) {
        if (clock_mono_ms() - s->ending_since_ms < HURRY_AFTER_MS)
            return;
        for (int i = 0; i < s->count; i++)
            program_hurry(&s->programs[i]);
        (void)orphans(s, NULL, SIGKILL);
        return;
    }
    say(s, exit_status ? "ending"
                       : "ending; runs have their grace (Ctrl-C again does not wait for it)");
    s->phase = SITE_ENDING;
    s->ending_since_ms = clock_mono_ms();
    s->exit_status = exit_status;
    s->stage = 0;
    for (int i = 0; i < s->count; i++) {
        if (s->programs[i].spec->once)
            program_stop(&s->programs[i]);
    }
    stop_stage(s);
    retreat(s);
}

void site_update(struct site *s)
{
    if (s->phase == SITE_STARTING || s->phase == SITE_UP) {
        if (given_up(s))
            site_stop(s, 1);
        else
            advance(s);
    }
    retreat(s);
    if (s->phase != SITE_ENDED)
        record(s);
}

/* ---- children ---- */

static void reap(struct site *s, pid_t pid)
{
    struct program *p = NULL;
    for (int i = 0; i < s->count && !p; i++) {
        if (s->programs[i].pid == pid)
            p = &s->programs[i];
    }
    int status = 0;
    if (p) {
        /* While it is a zombie its number, which is its group's, cannot be anybody else's. */
        (void)kill(-pid, SIGKILL);
        if (!p->spec->keep_orphans)
            (void)orphans(s, p->spec->argv[0], SIGKILL);
    }
    if (waitpid(pid, &status, WNOHANG) == pid && p)
        program_reaped(p, status);
}

static void on_child(void *arg)
{
    struct site *s = arg;
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
            break;
        reap(s, info.si_pid);
    }
    site_update(s);
}

static void on_changed(void *arg)
{
    site_update(arg);
}

int site_init(struct site *s, const struct table *t, struct loop *l, struct terminal *terminal,
              struct err *e)
{
    *s = (struct site){.table = t, .loop = l, .terminal = terminal};
    for (int i = 0; i < t->count; i++) {
        struct program *p = &s->programs[i];
        s->count = i + 1;
        if (program_init(p, &t->programs[i], t->state, l, terminal, e) < 0)
            return -1;
        p->changed = on_changed;
        p->arg = s;
    }
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return err_errno(e, "cannot become a subreaper");
    s->child = loop_signal_new(l, SIGCHLD, on_child, s);
    return 0;
}

void site_release(struct site *s)
{
    for (int i = 0; i < s->count; i++)
        program_release(&s->programs[i]);
    if (s->child)
        loop_signal_free(s->child);
    s->count = 0;
}

void site_start(struct site *s)
{
    start_stage(s);
    site_update(s);
}
