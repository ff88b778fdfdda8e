/*
 * pool.h - the parent of pre-forked workers: keeps as many alive as were asked for.
 */
#ifndef PAGES_POOL_H
#define PAGES_POOL_H

#include "worker.h"

/* Forks `workers` processes and replaces each that ends, until SIGTERM or SIGINT; then ends them
 * all (SIGKILL after 10 s) and returns 0. Returns 1 when the first workers cannot even start: their
 * settings are wrong, and trying again would not help. */
int pool_run(const struct worker_setup *setup, int workers);

#endif
