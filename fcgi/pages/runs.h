/*
 * runs.h - starting, cancelling and deleting runs: the rules, and the routes of the API.
 */
#ifndef PAGES_RUNS_H
#define PAGES_RUNS_H

#include "ctx.h"

/* How a run is to be started. */
struct run_order {
    int64_t priority;
    int64_t time_limit_s; /* beside what the experiment says; 0: none */
    const char *key;      /* of idempotency; NULL: none */
};

/* A run that was made, or found by the key. */
struct run_made {
    int64_t id;
    bool made;
};

/* Starts a run of an instance after checking its configuration against the schema of today (409
 * naming the fields); 403 where the budget of the token that asks is used up. */
MUST_CHECK int runs_start(struct ctx *c, int64_t instance, const struct run_order *o,
                          struct run_made *out);

/* Starts a run with the configuration that another run was given, whatever its instance says now;
 * otherwise like runs_start. */
MUST_CHECK int runs_again(struct ctx *c, int64_t of, const struct run_order *o,
                          struct run_made *out);

MUST_CHECK int runs_cancel(struct ctx *c, int64_t run, bool force);

/* *instance is the one whose run it was. */
MUST_CHECK int runs_delete(struct ctx *c, int64_t run, int64_t *instance);

/* POST /api/v1/instances/{id}/runs; POST /api/v1/runs/{id}/again and /cancel; DELETE
 * /api/v1/runs/{id}. */
int runs_api_start(struct ctx *c);
int runs_api_again(struct ctx *c);
int runs_api_cancel(struct ctx *c);
int runs_api_delete(struct ctx *c);

#endif
