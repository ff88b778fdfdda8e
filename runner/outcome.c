#include "outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const struct {
    const char *status, *reason;
} table[OUTCOME_EVENTS] = {
    [OUTCOME_COMPLETE] = {"completed", NULL},    [OUTCOME_REPORTED] = {"failed", "reported"},
    [OUTCOME_EXIT] = {"failed", "exit"},         [OUTCOME_SIGNAL] = {"failed", "signal"},
    [OUTCOME_TIMEOUT] = {"failed", "timeout"},   [OUTCOME_MEMORY] = {"failed", "memory"},
    [OUTCOME_START] = {"failed", "start"},       [OUTCOME_LOST] = {"failed", "lost"},
    [OUTCOME_SHUTDOWN] = {"failed", "shutdown"}, [OUTCOME_CANCELLED] = {"cancelled", "cancelled"},
};

void outcome_release(struct outcome *o)
{
    free(o->error);
    *o = (struct outcome){0};
}

bool outcome_decide(struct outcome *o, enum outcome_event event, const char *fmt, ...)
{
    if (o->event != OUTCOME_OPEN)
        return false;
    o->event = event;
    if (fmt) {
        va_list ap;
        va_start(ap, fmt);
        if (vasprintf(&o->error, fmt, ap) < 0)
            die("out of memory (formatting)");
        va_end(ap);
    }
    return true;
}

void outcome_ended(struct outcome *o, int wait_status)
{
    o->ended = true;
    if (WIFSIGNALED(wait_status)) {
        const char *name = sigabbrev_np(WTERMSIG(wait_status));
        o->exit_code = -1;
        o->signal = WTERMSIG(wait_status);
        outcome_decide(o, OUTCOME_SIGNAL, "the program was ended by signal %d (SIG%s)%s", o->signal,
                       name ? name : "?", WCOREDUMP(wait_status) ? ", with a core dump" : "");
        return;
    }
    o->signal = 0;
    o->exit_code = WEXITSTATUS(wait_status);
    if (o->exit_code == 0)
        outcome_decide(o, OUTCOME_COMPLETE, NULL);
    else
        outcome_decide(o, OUTCOME_EXIT, "the program ended with exit code %d", o->exit_code);
}

const char *outcome_status(const struct outcome *o)
{
    return table[o->event].status;
}

const char *outcome_reason(const struct outcome *o)
{
    return table[o->event].reason;
}
