/*
 * program.h - one program of the site: started, watched, started again, ended.
 *
 * Owns the child process (in a session of its own, so that a Ctrl-C reaches the launcher alone),
 * its output and its listening socket. It changes by the calls below and by its timer, which then
 * tells `changed`; whoever reaps children calls program_reaped.
 *
 *     IDLE --start--> STARTING --ready--> UP        STARTING, UP --died--> BACKOFF --timer-->
 * STARTING a task: STARTING --ended with 0--> DONE, --else--> FAILED STARTING, UP --stop-->
 * STOPPING --died--> STOPPED, or BACKOFF where it was started again meanwhile; IDLE, BACKOFF
 * --stop--> STOPPED; STOPPED --start--> STARTING
 */
#ifndef LAUNCH_PROGRAM_H
#define LAUNCH_PROGRAM_H

#include "base.h"
#include "err.h"
#include "loop.h"
#include "output.h"
#include "table.h"

#include <sys/types.h>

enum program_state {
    PROGRAM_IDLE,
    PROGRAM_STARTING,
    PROGRAM_UP,
    PROGRAM_BACKOFF,
    PROGRAM_STOPPING,
    PROGRAM_STOPPED,
    PROGRAM_DONE,
    PROGRAM_FAILED,
};

enum { PROGRAM_BACKOFF_MIN_MS = 100, PROGRAM_BACKOFF_MAX_MS = 5000, PROGRAM_SETTLED_MS = 10000 };

typedef void program_changed_fn(void *arg);

struct program {
    const struct table_program *spec;
    enum program_state state;
    bool again;     /* started while it was being stopped */
    pid_t pid;      /* 0: none runs */
    pid_t group;    /* of the last one that ended, or 0 */
    int64_t starts; /* how often it was started */
    int64_t deaths; /* unwanted ends since it was last ready */
    int64_t started_ms, died_ms;
    int64_t backoff_ms; /* before the next start */
    int listen_fd;      /* or -1 */
    const char *folder; /* where it runs */
    struct loop *loop;
    struct loop_timer *timer;
    struct terminal *terminal;
    struct output *output; /* NULL: straight to the terminal */
    program_changed_fn *changed;
    void *arg;
};

/* Opens its socket and its output, starts nothing. The spec and the folder must outlive it. */
MUST_CHECK int program_init(struct program *p, const struct table_program *spec, const char *folder,
                            struct loop *l, struct terminal *t, struct err *e);
void program_release(struct program *p);

void program_start(struct program *p);

/* Asks it to end; after its grace it is killed. */
void program_stop(struct program *p);

/* Kills it and its process group now, if it is being stopped. */
void program_hurry(struct program *p);

/* Its child has ended with this wait status, and its group is gone. */
void program_reaped(struct program *p, int status);

/* Ready for those that wait for it; ended for good. */
bool program_is_ready(const struct program *p);
bool program_is_over(const struct program *p);

/* The name of its state, one word. */
const char *program_state_name(const struct program *p);

#endif
