#include "leftover.h"

#include "io.h"
#include "proc.h"
#include "strbuf.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ENTRIES_MAX = 64, POLL_MS = 20 };

struct recorded {
    pid_t pid;
    uint64_t start;
};

struct search {
    const char *state;
    struct recorded entries[ENTRIES_MAX];
    int count;
    int signal; /* what those found are sent */
    int found;
};

static char *file_of(const char *state)
{
    return xasprintf("%s/programs", state);
}

int leftover_write(const char *state, const struct leftover_entry *entries, size_t count,
                   struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    for (size_t i = 0; i < count; i++) {
        struct proc_facts facts;
        if (entries[i].pid > 0 && proc_read(entries[i].pid, &facts))
            strbuf_addf(&text, "%s %d %llu\n", entries[i].name, (int)entries[i].pid,
                        (unsigned long long)facts.start);
    }
    char *path = file_of(state);
    int rc = io_write_file(path, text.buf, text.len, 0644, e);
    free(path);
    strbuf_release(&text);
    return rc;
}

void leftover_forget(const char *state)
{
    char *path = file_of(state);
    (void)unlink(path);
    free(path);
}

static int read_entries(struct search *s, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    struct err why = {0};
    char *path = file_of(s->state);
    int rc = io_read_file(path, 65536, &text, &why);
    free(path);
    if (rc < 0) {
        strbuf_release(&text);
        if (why.code == ERR_NOT_FOUND)
            return 0;
        if (e)
            *e = why;
        return -1;
    }
    for (char *line = strtok(text.buf, "\n"); line && s->count < ENTRIES_MAX;
         line = strtok(NULL, "\n")) {
        int pid;
        unsigned long long start;
        if (sscanf(line, "%*s %d %llu", &pid, &start) == 2 && pid > 1)
            s->entries[s->count++] = (struct recorded){.pid = pid, .start = start};
    }
    strbuf_release(&text);
    return 0;
}

/* A process is ours if it is the recorded one (pid and start time), or sits in its session and
 * works in our folder: a session's number is not given anew while anybody is in it, but the
 * recorded one may have ended long ago. */
static bool on_process(void *arg, const struct proc_facts *p)
{
    struct search *s = arg;
    if (p->pid == getpid() || p->state == 'Z')
        return true;
    for (int i = 0; i < s->count; i++) {
        const struct recorded *r = &s->entries[i];
        bool itself = p->pid == r->pid && p->start == r->start;
        bool member =
            p->session == r->pid && p->start >= r->start && proc_works_in(p->pid, s->state);
        if (!itself && !member)
            continue;
        s->found++;
        if (s->signal)
            (void)kill(p->pid, s->signal);
        break;
    }
    return true;
}

static int seek(struct search *s, int signal)
{
    s->signal = signal;
    s->found = 0;
    proc_each(on_process, s);
    return s->found;
}

static bool gone_within(struct search *s, int64_t ms)
{
    int64_t end = clock_mono_ms() + ms;
    while (seek(s, 0) > 0) {
        if (clock_mono_ms() >= end)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
    return true;
}

int leftover_end(const char *state, int64_t patience_ms, struct err *e)
{
    struct search s = {.state = state};
    if (read_entries(&s, e) < 0)
        return -1;
    int found = s.count ? seek(&s, SIGTERM) : 0;
    if (found && !gone_within(&s, patience_ms)) {
        (void)seek(&s, SIGKILL);
        if (!gone_within(&s, 5000))
            return err_set(e, ERR_CONFLICT, "%d processes of an earlier start cannot be ended",
                           s.found);
    }
    leftover_forget(state);
    return found;
}
