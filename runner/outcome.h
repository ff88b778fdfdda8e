/*
 * outcome.h - how a run ends: the first thing that decides wins, and what came later is evidence.
 *
 * Owns the status, the reason and the sentence that a person reads. It never acts: who decides
 * something (the supervisor) also sends the signals.
 */
#ifndef ATHANOR_OUTCOME_H
#define ATHANOR_OUTCOME_H

#include "base.h"

enum outcome_event {
    OUTCOME_OPEN,      /* nothing has decided yet */
    OUTCOME_COMPLETE,  /* the program said complete, or ended with 0 */
    OUTCOME_REPORTED,  /* the program said fail */
    OUTCOME_EXIT,      /* another exit code */
    OUTCOME_SIGNAL,    /* ended by a signal that nobody here sent */
    OUTCOME_TIMEOUT,   /* timeout_s, or the limit of processor time */
    OUTCOME_MEMORY,    /* limits.memory_mb */
    OUTCOME_START,     /* could not be started */
    OUTCOME_LOST,      /* its supervisor or host has gone */
    OUTCOME_SHUTDOWN,  /* the whole site stops */
    OUTCOME_CANCELLED, /* a cancel was sent */
    OUTCOME_EVENTS
};

struct outcome {
    enum outcome_event event;
    char *error;   /* one sentence in plain words, or NULL; owned */
    bool ended;    /* the main process has; the rest is valid then */
    int exit_code; /* -1: ended by a signal */
    int signal;    /* 0: ended by itself */
};

void outcome_release(struct outcome *o);

/* Decides unless something else has. Returns whether this was the first. `fmt` NULL: no sentence.
 */
bool outcome_decide(struct outcome *o, enum outcome_event event, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* The main process has ended with this status of waitpid; decides unless something else has. */
void outcome_ended(struct outcome *o, int wait_status);

/* `completed`, `failed` or `cancelled`; and the reason, NULL for a completed run. */
const char *outcome_status(const struct outcome *o);
const char *outcome_reason(const struct outcome *o);

#endif
