#include "program.h"

#include "sockets.h"
#include "spawn.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_POLL_MS = 20, GROUP_POLL_MS = 10, GROUP_WAIT_MS = 10000 };

static void say(struct program *p, const char *text)
{
    terminal_line(p->terminal, p->spec->name, text, strlen(text));
}

static void kill_group(const struct program *p, int signo)
{
    if (p->pid > 0)
        (void)kill(-p->pid, signo);
}

static void back_off(struct program *p)
{
    p->state = PROGRAM_BACKOFF;
    loop_timer_start(p->timer, p->backoff_ms, 0);
    p->backoff_ms = MIN(p->backoff_ms * 2, (int64_t)PROGRAM_BACKOFF_MAX_MS);
}

static void launch(struct program *p)
{
    struct err e = {0};
    p->state = PROGRAM_STARTING;
    p->group = 0;
    p->starts++;
    p->started_ms = clock_mono_ms();
    p->pid = spawn(p->spec, p->folder, p->output ? output_fd(p->output) : -1, p->listen_fd, &e);
    if (p->pid < 0) {
        p->pid = 0;
        p->deaths++;
        say(p, e.text);
        back_off(p);
    } else if (p->spec->ready) {
        loop_timer_start(p->timer, READY_POLL_MS, READY_POLL_MS);
    } else if (!p->spec->once) {
        p->state = PROGRAM_UP;
    }
}

/* A worker of the dead one that is killed but not gone yet still waits on the shared socket, and
 * can take the wake-up for a new connection with it. */
static bool group_is_gone(const struct program *p)
{
    return p->group == 0 || kill(-p->group, 0) < 0 ||
           clock_mono_ms() - p->died_ms > p->backoff_ms + GROUP_WAIT_MS;
}

static void on_timer(void *arg)
{
    struct program *p = arg;
    if (p->state == PROGRAM_BACKOFF && !group_is_gone(p)) {
        loop_timer_start(p->timer, GROUP_POLL_MS, 0);
        return;
    }
    if (p->state == PROGRAM_BACKOFF) {
        launch(p);
    } else if (p->state == PROGRAM_STOPPING) {
        say(p, "does not end within its grace and is killed");
        kill_group(p, SIGKILL);
        return;
    } else if (p->state == PROGRAM_STARTING && p->spec->ready && sockets_accepts(p->spec->ready)) {
        loop_timer_stop(p->timer);
        p->state = PROGRAM_UP;
        p->deaths = 0;
    } else {
        return;
    }
    p->changed(p->arg);
}

int program_init(struct program *p, const struct table_program *spec, const char *folder,
                 struct loop *l, struct terminal *t, struct err *e)
{
    p->spec = spec;
    p->folder = folder;
    p->loop = l;
    p->terminal = t;
    p->listen_fd = -1;
    p->backoff_ms = PROGRAM_BACKOFF_MIN_MS;
    p->timer = loop_timer_new(l, on_timer, p);
    if (spec->listen == TABLE_LISTEN_UNIX)
        p->listen_fd = sockets_listen_unix(spec->listen_at, e);
    else if (spec->listen == TABLE_LISTEN_TCP)
        p->listen_fd = sockets_listen_tcp(spec->listen_at, e);
    if (spec->listen != TABLE_LISTEN_NONE && p->listen_fd < 0)
        return -1;
    if (spec->plain)
        return 0;
    char *logs = xasprintf("%s/log", folder);
    p->output = output_new(l, t, logs, spec->name, e);
    free(logs);
    return p->output ? 0 : -1;
}

void program_release(struct program *p)
{
    if (p->timer)
        loop_timer_free(p->timer);
    output_free(p->output);
    if (p->listen_fd >= 0)
        close(p->listen_fd);
    if (p->spec && p->spec->listen == TABLE_LISTEN_UNIX)
        (void)unlink(p->spec->listen_at);
    *p = (struct program){.listen_fd = -1};
}

void program_start(struct program *p)
{
    p->again = p->state == PROGRAM_STOPPING;
    if (p->state != PROGRAM_IDLE && p->state != PROGRAM_STOPPED)
        return;
    p->backoff_ms = PROGRAM_BACKOFF_MIN_MS;
    if (group_is_gone(p)) {
        launch(p);
    } else {
        p->state = PROGRAM_BACKOFF;
        loop_timer_start(p->timer, GROUP_POLL_MS, 0);
    }
}

void program_stop(struct program *p)
{
    p->again = false;
    switch (p->state) {
    case PROGRAM_IDLE:
    case PROGRAM_BACKOFF:
        loop_timer_stop(p->timer);
        p->state = PROGRAM_STOPPED;
        break;
    case PROGRAM_STARTING:
    case PROGRAM_UP:
        p->state = PROGRAM_STOPPING;
        loop_timer_start(p->timer, p->spec->grace_ms, 0);
        (void)kill(p->pid, p->spec->stop_signal);
        break;
    case PROGRAM_STOPPING:
    case PROGRAM_STOPPED:
    case PROGRAM_DONE:
    case PROGRAM_FAILED:
        break;
    }
}

void program_hurry(struct program *p)
{
    if (p->state == PROGRAM_STOPPING)
        kill_group(p, SIGKILL);
}

static void tell_death(struct program *p, int status)
{
    char text[160];
    if (p->output)
        output_drain(p->output); /* its last words first */
    if (WIFSIGNALED(status))
        snprintf(text, sizeof(text), "was killed by signal %d (%s); starting it again in %lld ms",
                 WTERMSIG(status), strsignal(WTERMSIG(status)), (long long)p->backoff_ms);
    else
        snprintf(text, sizeof(text), "ended with exit status %d; starting it again in %lld ms",
                 WEXITSTATUS(status), (long long)p->backoff_ms);
    say(p, text);
}

void program_reaped(struct program *p, int status)
{
    p->group = p->pid;
    p->pid = 0;
    p->died_ms = clock_mono_ms();
    loop_timer_stop(p->timer);
    if (p->state == PROGRAM_STOPPING) {
        p->state = PROGRAM_STOPPED;
        if (p->again)
            program_start(p);
        return;
    }
    if (p->spec->once) {
        p->state = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? PROGRAM_DONE : PROGRAM_FAILED;
        return;
    }
    /* Who left in good order was asked to, so that it comes back. */
    bool orderly = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (orderly || clock_mono_ms() - p->started_ms >= PROGRAM_SETTLED_MS)
        p->backoff_ms = PROGRAM_BACKOFF_MIN_MS;
    p->deaths++;
    tell_death(p, status);
    back_off(p);
}

bool program_is_ready(const struct program *p)
{
    return p->state == PROGRAM_UP || p->state == PROGRAM_DONE;
}

bool program_is_over(const struct program *p)
{
    return p->state == PROGRAM_STOPPED || p->state == PROGRAM_DONE || p->state == PROGRAM_FAILED;
}

const char *program_state_name(const struct program *p)
{
    static const char *const names[] = {
        [PROGRAM_IDLE] = "idle",
        [PROGRAM_STARTING] = "starting",
        [PROGRAM_UP] = "up",
        [PROGRAM_BACKOFF] = "backoff",
        [PROGRAM_STOPPING] = "stopping",
        [PROGRAM_STOPPED] = "stopped",
        [PROGRAM_DONE] = "done",
        [PROGRAM_FAILED] = "failed",
    };
    return names[p->state];
}
