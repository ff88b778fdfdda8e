/*
 * supervisor.h - the state of a supervisor, shared by its four files and nobody else:
 *
 *     supervise.c   the process: made, stopped, taken down
 *     standby.c     the spare, which waits to be told its run
 *     phases.c      the run's life in Postgres: load, claim, finish
 *     execute.c     the program and its batches
 *
 * The supervisor walks through its phases in one direction. In LOADING, CLAIMING and FINISHING it
 * waits for Postgres, however long that takes.
 */
#ifndef ATHANOR_SUPERVISOR_H
#define ATHANOR_SUPERVISOR_H

#include "artifacts.h"
#include "base.h"
#include "child.h"
#include "conf.h"
#include "dba.h"
#include "journal.h"
#include "lease.h"
#include "loop.h"
#include "merge.h"
#include "outcome.h"
#include "params.h"
#include "persist.h"
#include "prepare.h"
#include "publish.h"
#include "rundir.h"
#include "spool.h"
#include "tail.h"
#include "trouble.h"

enum { SUPERVISOR_RETRY_MS = 500, SUPERVISOR_STOP_MS = 10000 };

enum phase {
    STANDBY,   /* connected, and waiting to be told its run */
    LOADING,   /* what run is it? */
    CLAIMING,  /* pending -> running */
    RUNNING,   /* the program lives */
    KEEPING,   /* it has ended, files that it handed over are still copied */
    FLUSHING,  /* the last batches are on their way */
    FINISHING, /* the terminal status is */
    TIDYING,   /* it has ended; the last small chunks are being merged */
    OVER
};

struct supervisor {
    const struct conf *conf;
    int64_t run, epoch;
    enum phase phase;
    struct rundir dir;
    int lock_fd;
    struct rundir_owner owner;
    char claim[RUNDIR_COOKIE_SIZE]; /* tells our own claim from another's */

    struct loop *loop;
    struct dba *db;
    struct params *params;
    struct publish *publish;
    struct loop_timer *retry, *flush, *preview, *stop;
    struct loop_prepare *before_wait;
    struct loop_signal *sigint, *sigterm;
    struct loop_io *orders; /* STANDBY: stdin */
    char *title; /* STANDBY: the word in our command line that the run's number takes over */
    bool asking; /* a query of LOADING, CLAIMING or FINISHING is under way */
    bool shutdown, forced; /* the site stops; without grace */

    struct prepare_run facts;
    struct prepared prepared;
    struct spool *spool;
    struct tail *tail;
    struct persist *persist;
    struct merge *merge;
    struct lease *lease;
    struct journal *journal;
    struct child *child;
    struct artifacts *artifacts;
    struct trouble *trouble;
    struct outcome outcome;
    bool sure;          /* the outcome stands in ending.json, all else in the spool */
    uint64_t previewed; /* output_reads at the last preview */
    int64_t sealed_at;  /* loop time of the last seal */
    bool keep;          /* the folder stays: it holds what Postgres has not taken */
    int status;         /* of the process */
};

/* STANDBY: waits for the order on stdin; and, connected, makes the server ready for it. */
void supervisor_stand_by(struct supervisor *s);
void supervisor_warm_up(struct supervisor *s);

/* Takes the run's lock and begins to load it. */
MUST_CHECK int supervisor_take_run(struct supervisor *s, int64_t run, struct err *e);

/* Does what the phase asks for, if it can be done now. */
void supervisor_proceed(struct supervisor *s);

/* Ends the process. */
void supervisor_leave(struct supervisor *s, int status);

/* The run is somebody else's. */
void supervisor_give_up(struct supervisor *s);

/* The connection is there: everything that waits for it goes on. */
void supervisor_up(struct supervisor *s);

/* Makes all that the program needs; while the claim is under way. What fails is the outcome. */
void supervisor_get_ready(struct supervisor *s);

/* The run is ours and stands at these counts: its program starts, or its end does. */
void supervisor_begin(struct supervisor *s, int64_t lines, int64_t records, int64_t bytes);

/* Before the loop waits: what was read goes on its way. */
void supervisor_turn(struct supervisor *s);

/* KEEPING: what is kept goes on its way; when all is, the phase is FLUSHING. */
void supervisor_keep_rest(struct supervisor *s);

/* FLUSHING: seals what is left; when all is committed the phase is FINISHING. */
void supervisor_flush_rest(struct supervisor *s);

/* What stands in the run's way goes on it. */
void supervisor_see_trouble(struct supervisor *s);

/* The latest preview; a timer's callback. */
void supervisor_preview(void *arg);

/* The program shall end, since the site stops. */
void supervisor_stop_program(struct supervisor *s);

#endif
