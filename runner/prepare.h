/*
 * prepare.h - what has to be ready before a run's program can start: its experiment, its checked
 * configuration as a file, its environment, its working folder.
 *
 * Owns all of that until prepare_release. A fault here is the run's end (`start`), in words for its
 * user.
 */
#ifndef ATHANOR_PREPARE_H
#define ATHANOR_PREPARE_H

#include "base.h"
#include "child.h"
#include "conf.h"
#include "err.h"
#include "experiment.h"
#include "rundir.h"
#include "spawn.h"
#include "strbuf.h"

/* What load_run.sql answered. */
struct prepare_run {
    int64_t id, number, instance;
    int64_t time_limit_s; /* its own; 0: none */
    char *experiment, *instance_name, *configuration;
    json_t *data; /* its data sources (handover.h); NULL: none */
};

struct prepared {
    struct experiment experiment;
    int64_t runner; /* the daemon's id, 0: none */
    struct environment environment;
    bool found; /* the experiment is there and sound */
};

/* Finds the experiment: what the daemon offered, else by the search path. */
MUST_CHECK int prepare_find(struct prepared *p, const struct conf *conf, const struct rundir *dir,
                            const char *experiment, struct err *e);

/* Checks the configuration, hands the data sources over, writes config.json, makes the environment
 * and the working folder. */
MUST_CHECK int prepare(struct prepared *p, const struct conf *conf, const struct rundir *dir,
                       const struct prepare_run *run, const char *cookie, struct err *e);

/* How to start it; valid as long as *p. */
void prepare_plan(const struct prepared *p, const struct prepare_run *run, const struct rundir *dir,
                  struct child_plan *out);

/* Appends the run's snapshot, JSON: what made the run, for whoever repeats it. `claim` names this
 * supervisor. */
void prepare_snapshot(const struct prepared *p, const struct prepare_run *run, const char *host,
                      const char *claim, struct strbuf *out);

void prepare_run_release(struct prepare_run *run);
void prepare_release(struct prepared *p);

#endif
